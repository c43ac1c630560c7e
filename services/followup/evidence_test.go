package followup_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/redress-dev/redress/gen/covers"
	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/internal/rpc/rpctest"
)

// writes has a message recorded and returns its name.
func (d *desk) writes(t *testing.T, complaint string, author eventv1.MessageRecorded_Author) string {
	t.Helper()
	p := wrote(author)
	name := complaint + "/messages/" + d.ids.ID()
	p.GetMessageRecorded().Message = name
	d.happens(t, complaint, 1, p)
	return name
}

// tries has an attempt recorded and returns its name.
func (d *desk) tries(t *testing.T, complaint string, outcome followupv1.Attempt_Outcome, at time.Time) string {
	t.Helper()
	list := d.attempt(t, complaint, outcome, at).GetAttempts()
	return list[len(list)-1].GetName()
}

// release asks to release a promise.
func (d *desk) release(t *testing.T, p *followupv1.Promise, evidence string, roles ...authv1.Role) (*followupv1.Promise, error) {
	t.Helper()
	return d.promises(roles...).ReleasePromise(t.Context(), &followupv1.ReleasePromiseRequest{Name: p.GetName(), Evidence: evidence})
}

// TestNobodyButTheCustomerGivesAPromiseUp: it takes a message of theirs or an attempt that reached them, of this complaint and since it was
// promised (PROM-1).
func TestNobodyButTheCustomerGivesAPromiseUp(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "PROM-1")
	notProven, notFound := followupv1.ErrorReason_RELEASE_NOT_PROVEN.String(), followupv1.ErrorReason_EVIDENCE_NOT_FOUND.String()
	const customerWrote, reached = eventv1.MessageRecorded_CUSTOMER, followupv1.Attempt_REACHED
	for title, c := range map[string]struct {
		evidence func(d *desk, complaint string) string
		reason   string
		code     codes.Code
	}{
		"the customer's message": {func(d *desk, complaint string) string { return d.writes(t, complaint, customerWrote) }, "", codes.OK},
		"a call":                 {func(d *desk, complaint string) string { return d.tries(t, complaint, reached, time.Time{}) }, "", codes.OK},
		"an agent's message": {func(d *desk, complaint string) string {
			return d.writes(t, complaint, eventv1.MessageRecorded_AGENT)
		}, notProven, codes.FailedPrecondition},
		"a call that nobody answered": {func(d *desk, complaint string) string {
			return d.tries(t, complaint, followupv1.Attempt_NO_ANSWER, time.Time{})
		}, notProven, codes.FailedPrecondition},
		"a call that is flagged": {func(d *desk, complaint string) string {
			return d.tries(t, complaint, reached, d.clock.Now().Add(-6*time.Minute))
		}, notProven, codes.FailedPrecondition},
		"an attachment": {func(d *desk, complaint string) string { return d.attaches(t, complaint) }, notProven, codes.FailedPrecondition},
		"an agent's words": {func(*desk, string) string {
			return "She said on the telephone that she needs it no more."
		}, notProven, codes.FailedPrecondition},
		"a message of another complaint": {func(d *desk, _ string) string {
			return d.writes(t, d.receive(t), customerWrote)
		}, notFound, codes.NotFound},
		"no message": {func(_ *desk, complaint string) string {
			return complaint + "/messages/" + strings.Repeat("0", 26)
		}, notFound, codes.NotFound},
		"no attempt": {func(_ *desk, complaint string) string { return complaint + "/callbacks/1/attempts/none" }, notFound, codes.NotFound},
		"a callback": {func(_ *desk, complaint string) string { return complaint + "/callbacks/1" }, notFound, codes.NotFound},
		"a fact":     {func(_ *desk, complaint string) string { return complaint + "/facts/x" }, notFound, codes.NotFound},
		"a message that is on its way": {func(d *desk, complaint string) string {
			return complaint + "/messages/" + d.ids.ID()
		}, errorv1.Reason_NOT_YET_KNOWN.String(), codes.Unavailable},
		"nothing": {func(*desk, string) string { return "." }, errorv1.Reason_INVALID_FIELD.String(), codes.InvalidArgument},
	} {
		t.Run(title, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t)
			complaint := d.receive(t)
			d.pass(time.Hour)
			made := d.promise(t, complaint, d.saidOnce(2*time.Hour))
			d.pass(time.Hour)
			released, err := d.release(t, made, c.evidence(d, complaint))
			if c.reason == "" {
				require.NoError(t, err)
				require.Equal(t, followupv1.Promise_RELEASED, released.GetState())
				return
			}
			rpctest.RequireReason(t, err, c.code, c.reason)
			require.Equal(t, followupv1.Promise_OPEN, d.reread(t, made).GetState(), "it is owed still")
		})
	}
}

// attaches has a file added and returns its name.
func (d *desk) attaches(t *testing.T, complaint string) string {
	t.Helper()
	name := complaint + "/attachments/" + d.ids.ID()
	d.happens(t, complaint, 1, &eventv1.Payload{Kind: &eventv1.Payload_AttachmentAdded{AttachmentAdded: &eventv1.AttachmentAdded{Attachment: name}}})
	return name
}

// TestWhatWasSaidBeforeThePromiseGivesNothingUp, also when it is put on record afterwards; of updates it counts since they were promised.
func TestWhatWasSaidBeforeThePromiseGivesNothingUp(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "PROM-1", "CLK-1")
	d := newDesk(t)
	complaint := d.receive(t)
	before := d.writes(t, complaint, eventv1.MessageRecorded_CUSTOMER)
	called := d.tries(t, complaint, followupv1.Attempt_REACHED, time.Time{})
	earlier := d.clock.Now()
	d.pass(time.Minute)
	made := d.promise(t, complaint, d.saidOnce(time.Hour))
	p := wrote(eventv1.MessageRecorded_CUSTOMER)
	p.GetMessageRecorded().Message, p.GetMessageRecorded().MessageTime = complaint+"/messages/late", timestamppb.New(earlier)
	d.pass(time.Minute)
	d.happens(t, complaint, 1, p)
	for _, evidence := range []string{before, called, complaint + "/messages/late"} {
		_, err := d.release(t, made, evidence)
		rpctest.RequireReason(t, err, codes.FailedPrecondition, followupv1.ErrorReason_RELEASE_NOT_PROVEN.String())
	}
	d.promise(t, complaint, d.updates(10*time.Minute))
	d.pass(time.Minute)
	enough := d.writes(t, complaint, eventv1.MessageRecorded_CUSTOMER)
	d.pass(time.Minute)
	d.writes(t, complaint, eventv1.MessageRecorded_AGENT)
	list := d.list(t, complaint, `state = "OPEN"`)
	require.NotEmpty(t, list[0].GetPrevious())
	_, err := d.release(t, list[0], enough)
	require.NoError(t, err, "it was said of the updates, though the next one began later")
}

// TestASupervisorNotesAConversation in words, with its way and time; nobody below does.
func TestASupervisorNotesAConversation(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "PROM-1")
	d := newDesk(t)
	complaint := d.receive(t)
	made := d.promise(t, complaint, d.saidOnce(time.Hour))
	d.pass(10 * time.Minute)
	now := func(after time.Duration) *timestamppb.Timestamp { return timestamppb.New(d.clock.Now().Add(after)) }
	req := func(way policyv1.ContactWay, at *timestamppb.Timestamp) *followupv1.ReleasePromiseRequest {
		return &followupv1.ReleasePromiseRequest{Name: made.GetName(), Evidence: "She called me and wants no report.", Way: way, ConversationTime: at}
	}
	for title, spoilt := range map[string]*followupv1.ReleasePromiseRequest{
		"no way":             req(0, now(-time.Minute)),
		"a way of one side":  req(policyv1.ContactWay_SMS, now(-time.Minute)),
		"no time":            req(policyv1.ContactWay_PHONE, nil),
		"before the promise": req(policyv1.ContactWay_PHONE, now(-time.Hour)),
		"in the future":      req(policyv1.ContactWay_PHONE, now(time.Hour)),
	} {
		_, err := d.promises(authv1.Role_SUPERVISOR).ReleasePromise(t.Context(), spoilt)
		rpctest.RequireReason(t, err, codes.FailedPrecondition, followupv1.ErrorReason_RELEASE_NOT_PROVEN.String())
		require.Equal(t, followupv1.Promise_OPEN, d.reread(t, made).GetState(), title)
	}
	right := req(policyv1.ContactWay_PHONE, now(-time.Minute))
	_, err := d.promises(authv1.Role_AGENT).ReleasePromise(t.Context(), right)
	rpctest.RequireReason(t, err, codes.FailedPrecondition, followupv1.ErrorReason_RELEASE_NOT_PROVEN.String())
	key := rpctest.WithKey(t.Context(), "once")
	for range 2 {
		released, err := d.promises(authv1.Role_SUPERVISOR).ReleasePromise(key, right)
		require.NoError(t, err)
		require.Equal(t, right.GetEvidence(), released.GetEvidence())
		require.Equal(t, right.GetWay(), released.GetWay())
		require.Equal(t, right.GetConversationTime().AsTime(), released.GetConversationTime().AsTime())
	}
	list := d.payloads(t, complaint)
	require.Equal(t, policyv1.ContactWay_PHONE, list[len(list)-1].GetPromiseReleased().GetWay())
}

// TestWhatProvesThatAPromiseWasKeptIsThere when it is a name: something of this complaint. A reference, or words, are taken as they are.
func TestWhatProvesThatAPromiseWasKeptIsThere(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "PROM-1")
	d := newDesk(t)
	complaint, other := d.receive(t), d.receive(t)
	made := func() *followupv1.Promise { return d.promise(t, complaint, d.saidOnce(time.Hour)) }
	keepBy := func(made *followupv1.Promise, evidence string) error {
		_, err := d.promises().KeepPromise(t.Context(), &followupv1.KeepPromiseRequest{Name: made.GetName(), Evidence: evidence})
		return err
	}
	keep := func(evidence string) error { return keepBy(made(), evidence) }
	before := []string{d.writes(t, complaint, eventv1.MessageRecorded_CUSTOMER), d.attaches(t, complaint)}
	d.pass(time.Minute)
	for _, right := range []func() string{
		func() string { return "SF1234567890" }, func() string { return "退款单号 8842" },
		func() string { return " " + d.writes(t, complaint, eventv1.MessageRecorded_AGENT) + " " },
		func() string { return d.attaches(t, complaint) }, func() string { return d.writes(t, complaint, eventv1.MessageRecorded_CUSTOMER) },
		func() string { return d.tries(t, complaint, followupv1.Attempt_REACHED, time.Time{}) },
	} {
		promise := made()
		require.NoError(t, keepBy(promise, right()))
	}
	notProven := followupv1.ErrorReason_KEEPING_NOT_PROVEN.String()
	for _, older := range before {
		rpctest.RequireReason(t, keep(older), codes.FailedPrecondition, notProven)
	}
	vain := made()
	rpctest.RequireReason(t, keepBy(vain, d.tries(t, complaint, followupv1.Attempt_NO_ANSWER, time.Time{})), codes.FailedPrecondition, notProven)
	for _, wrong := range []string{
		d.writes(t, other, eventv1.MessageRecorded_AGENT), complaint + "/messages/none", complaint + "/notifications/none",
		complaint + "/attachments/none", complaint + "/remedies/another", complaint, complaint + "/",
	} {
		rpctest.RequireReason(t, keep(wrong), codes.NotFound, followupv1.ErrorReason_EVIDENCE_NOT_FOUND.String())
	}
	rpctest.RequireReason(t, keep("…"), codes.InvalidArgument, errorv1.Reason_INVALID_FIELD.String())
}

// TestWhatWasSentBeforeThePromiseKeepsNothing, and neither does the remedy that is owed; a letter that went out since does.
func TestWhatWasSentBeforeThePromiseKeepsNothing(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "PROM-1")
	d := newDesk(t)
	complaint := d.receive(t)
	early := d.promise(t, complaint, d.saidOnce(time.Hour))
	d.pass(time.Minute)
	sent, err := d.worker.SendAcknowledgement(t.Context(), acknowledge(complaint, "en"))
	require.NoError(t, err)
	d.pass(time.Minute)
	d.happens(t, complaint, 1, d.accepted(t, complaint))
	list := d.list(t, complaint, `source = "FULFILMENT"`)
	require.Len(t, list, 2)
	for _, nothing := range []string{sent.GetNotification().GetName(), list[0].GetRemedy()} {
		_, err := d.promises().KeepPromise(t.Context(), &followupv1.KeepPromiseRequest{Name: list[0].GetName(), Evidence: nothing})
		rpctest.RequireReason(t, err, codes.FailedPrecondition, followupv1.ErrorReason_KEEPING_NOT_PROVEN.String())
	}
	_, err = d.promises().KeepPromise(t.Context(), &followupv1.KeepPromiseRequest{Name: early.GetName(), Evidence: sent.GetNotification().GetName()})
	require.NoError(t, err)
}

// TestWhoOwesAPromiseIsThere where there is a directory; without one everybody may.
func TestWhoOwesAPromiseIsThere(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "PROM-1", "PROM-2")
	d := newDesk(t)
	complaint := d.receive(t)
	try := func(owner, speaker string) error {
		p := d.saidOnce(time.Hour)
		p.Owner, p.Speaker = owner, speaker
		_, err := d.promises().CreatePromise(t.Context(), &followupv1.CreatePromiseRequest{Parent: complaint, Promise: p})
		return err
	}
	require.NoError(t, try("agents/nobody", "agents/nobody"))
	told := func(name string, active bool) {
		e := d.intake.record(t, name, 0, &eventv1.Payload{Kind: &eventv1.Payload_DirectoryChanged{DirectoryChanged: &eventv1.DirectoryChanged{
			Resource: name, Active: active,
		}}})
		require.True(t, d.deliver(t, e))
		require.False(t, d.deliver(t, e))
	}
	told("departments/billing", true)
	require.NoError(t, try("agents/nobody", ""), "of people nothing was heard")
	told("agents/wu", true)
	told("agents/gone", false)
	require.NoError(t, try("agents/wu", "agents/gone"), "who has left may have said it")
	for _, unknown := range [][2]string{{"agents/nobody", ""}, {"agents/gone", ""}, {"", "agents/nobody"}} {
		err := try(unknown[0], unknown[1])
		rpctest.RequireReason(t, err, codes.InvalidArgument, followupv1.ErrorReason_AGENT_UNKNOWN.String())
	}
	told("agents/wu", false)
	rpctest.RequireReason(t, try("agents/wu", ""), codes.InvalidArgument, followupv1.ErrorReason_AGENT_UNKNOWN.String())
}

// TestWhoAsksForWhatIsOwedGivesNothingUp: a message that chases, repeats, threatens or says no neither releases a promise nor shows that it was
// kept, and one that tells something else releases none, unless somebody finds it to be something else.
func TestWhoAsksForWhatIsOwedGivesNothingUp(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "PROM-1", "REC-5")
	d := newDesk(t)
	complaint := d.receive(t)
	made := d.promise(t, complaint, d.saidOnce(time.Hour))
	where := complaint + "/messages/" + d.ids.ID()
	p := wrote(eventv1.MessageRecorded_CUSTOMER)
	p.GetMessageRecorded().Message, p.GetMessageRecorded().Kind = where, policyv1.MessageKind_PROGRESS_CHASE
	d.happens(t, complaint, 1, p)
	found := func(kind policyv1.MessageKind) {
		d.happens(t, complaint, 1, &eventv1.Payload{Kind: &eventv1.Payload_MessageReclassified{MessageReclassified: &eventv1.MessageReclassified{
			Message: where, Kind: kind,
		}}})
	}
	refused := func() {
		_, err := d.release(t, made, where)
		rpctest.RequireReason(t, err, codes.FailedPrecondition, followupv1.ErrorReason_RELEASE_NOT_PROVEN.String())
		_, err = d.promises().KeepPromise(t.Context(), &followupv1.KeepPromiseRequest{Name: made.GetName(), Evidence: where})
		rpctest.RequireReason(t, err, codes.FailedPrecondition, followupv1.ErrorReason_KEEPING_NOT_PROVEN.String())
	}
	refused()
	for _, kind := range []policyv1.MessageKind{policyv1.MessageKind_REJECTS, policyv1.MessageKind_THREATENS, policyv1.MessageKind_REPEATS_ISSUE} {
		found(kind)
		refused()
	}
	found(policyv1.MessageKind_NEW_INFORMATION) // Such as a new address.
	_, err := d.release(t, made, where)
	rpctest.RequireReason(t, err, codes.FailedPrecondition, followupv1.ErrorReason_RELEASE_NOT_PROVEN.String())
	other := d.promise(t, complaint, d.saidOnce(time.Hour))
	next := complaint + "/messages/" + d.ids.ID()
	p.GetMessageRecorded().Message, p.GetMessageRecorded().Kind = next, policyv1.MessageKind_NEW_INFORMATION
	d.happens(t, complaint, 1, p)
	_, err = d.release(t, other, next, authv1.Role_SUPERVISOR)
	require.NoError(t, err, "who leads others says what is meant")
	found(policyv1.MessageKind_WITHDRAWS)
	released, err := d.release(t, made, where)
	require.NoError(t, err)
	require.Equal(t, followupv1.Promise_RELEASED, released.GetState())
}

// TestTheCustomersWordCountsWhereTheMatterGoesOn: what was said in a complaint that was merged is said of the promises that went on, through
// several; what was said elsewhere is not.
func TestTheCustomersWordCountsWhereTheMatterGoesOn(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "PROM-1", "REC-6")
	d := newDesk(t)
	from, into, last, other := d.receive(t), d.receive(t), d.receive(t), d.receive(t)
	made := d.promise(t, from, d.saidOnce(time.Hour))
	d.pass(time.Minute)
	said, elsewhere := d.writes(t, from, eventv1.MessageRecorded_CUSTOMER), d.writes(t, other, eventv1.MessageRecorded_CUSTOMER)
	d.merge(t, from, into)
	d.merge(t, into, last)
	goesOn := &followupv1.Promise{Name: last + made.GetName()[len(from):]}
	_, err := d.release(t, goesOn, elsewhere)
	rpctest.RequireReason(t, err, codes.NotFound, followupv1.ErrorReason_EVIDENCE_NOT_FOUND.String())
	released, err := d.release(t, goesOn, said)
	require.NoError(t, err)
	require.Equal(t, followupv1.Promise_RELEASED, released.GetState())
}
