package remedy_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/redress-dev/redress/gen/covers"
	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
	"github.com/redress-dev/redress/services/internal/errs"
	"github.com/redress-dev/redress/services/internal/eventlog"
	"github.com/redress-dev/redress/services/internal/rpc/rpctest"
)

// refusing calls on the account of somebody who refuses.
func (w *world) refusing(subject string, roles ...authv1.Role) remedyv1.RefusalServiceClient {
	w.t.Helper()
	return remedyv1.NewRefusalServiceClient(w.harness.Conn(subject, roles...))
}

// refuse begins a refusal.
func (w *world) refuse(complaint string) *remedyv1.Refusal {
	w.t.Helper()
	r, err := w.refusing("agents/lin", authv1.Role_AGENT).BeginRefusal(w.t.Context(), &remedyv1.BeginRefusalRequest{
		Name: complaint, Decision: "无法退还已使用的部分", Clause: "服务协议第 7 条",
	})
	require.NoError(w.t, err)
	return r
}

// step is one that is done, as it should be.
func step(name string, kind remedyv1.RefusalStep_Kind) *remedyv1.RecordRefusalStepRequest {
	req := &remedyv1.RecordRefusalStepRequest{Name: name, Kind: kind, Evidence: "电话中已说明"}
	switch kind {
	case remedyv1.RefusalStep_REASON_AND_ALTERNATIVE:
		req.Evidence, req.Alternative = "已使用的部分产生了成本", "可以为您办理暂停，最长六个月"
	case remedyv1.RefusalStep_COMPENSATE:
		req.Evidence, req.Reason = "", "没有我方过错"
	case remedyv1.RefusalStep_SUPPORT:
		req.Party = "agents/wu"
	case remedyv1.RefusalStep_END_CONTACT:
		req.ByTheRules, req.WithoutAttitudeIssue, req.Party = true, true, "agents/wu"
	default:
	}
	return req
}

// supervising calls on the account of the supervisor, without whom no contact is ended.
func (w *world) supervising() remedyv1.RefusalServiceClient {
	w.t.Helper()
	return w.refusing("agents/wu", authv1.Role_SUPERVISOR)
}

// climb makes the steps up to one, that one included.
func (w *world) climb(r *remedyv1.Refusal, to remedyv1.RefusalStep_Kind) *remedyv1.Refusal {
	w.t.Helper()
	for r.GetNext() != remedyv1.RefusalStep_KIND_UNSPECIFIED && r.GetNext() <= to {
		client := w.refusing("agents/lin", authv1.Role_AGENT)
		if r.GetNext() == remedyv1.RefusalStep_END_CONTACT {
			client = w.supervising()
		}
		var err error
		r, err = client.RecordRefusalStep(w.t.Context(), step(r.GetName(), r.GetNext()))
		require.NoError(w.t, err)
	}
	return r
}

func TestRefusalStepByStep(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REF-1")
	w := newWorld(t)
	complaint := w.receive()
	client := w.refusing("agents/lin", authv1.Role_AGENT)
	r := w.refuse(complaint)
	require.Equal(t, complaint+"/refusals/1", r.GetName())
	require.Equal(t, "无法退还已使用的部分", r.GetDecision())
	require.Equal(t, "服务协议第 7 条", r.GetClause())
	require.Equal(t, remedyv1.RefusalStep_SET_EXPECTATIONS, r.GetNext())

	_, err := client.BeginRefusal(t.Context(), &remedyv1.BeginRefusalRequest{Name: complaint, Decision: "x", Clause: "§ 10"})
	rpctest.RequireReason(t, err, codes.FailedPrecondition, remedyv1.ErrorReason_REFUSAL_OPEN.String())
	require.Equal(t, r.GetName(), metadataOf(t, err)["name"])

	_, err = client.RecordRefusalStep(t.Context(), step(r.GetName(), remedyv1.RefusalStep_END_CONTACT))
	rpctest.RequireReason(t, err, codes.FailedPrecondition, remedyv1.ErrorReason_STEP_OUT_OF_ORDER.String())
	require.Equal(t, "SET_EXPECTATIONS", metadataOf(t, err)["next"])

	waived := &remedyv1.RecordRefusalStepRequest{Name: r.GetName(), Kind: remedyv1.RefusalStep_SET_EXPECTATIONS, Reason: "keine Zeit"}
	_, err = client.RecordRefusalStep(t.Context(), waived)
	rpctest.RequireReason(t, err, codes.FailedPrecondition, remedyv1.ErrorReason_STEP_APPLIES.String())

	r = w.climb(r, remedyv1.RefusalStep_SUPPORT)
	curt := step(r.GetName(), remedyv1.RefusalStep_END_CONTACT)
	curt.WithoutAttitudeIssue = false
	_, err = w.supervising().RecordRefusalStep(t.Context(), curt)
	rpctest.RequireReason(t, err, codes.FailedPrecondition, remedyv1.ErrorReason_CONTACT_NOT_TO_BE_ENDED.String())
	require.Equal(t, "without_attitude_issue", metadataOf(t, err)["missing"])
	_, err = client.RecordRefusalStep(t.Context(), step(r.GetName(), remedyv1.RefusalStep_END_CONTACT))
	rpctest.RequireReason(t, err, codes.FailedPrecondition, remedyv1.ErrorReason_CONTACT_NOT_TO_BE_ENDED.String())
	require.Equal(t, "supervisor", metadataOf(t, err)["missing"], "naming one is no confirmation")

	w.now = w.now.Add(time.Minute)
	r = w.climb(r, remedyv1.RefusalStep_END_CONTACT)
	require.Equal(t, remedyv1.Refusal_CONTACT_ENDED, r.GetState())
	require.Equal(t, w.now.Add(720*time.Hour), r.GetWatchTime().AsTime())
	require.Equal(t, w.now, r.GetEndTime().AsTime())
	require.Len(t, r.GetSteps(), 6)
	require.Equal(t, "没有我方过错", r.GetSteps()[3].GetReason())
	require.False(t, r.GetSteps()[3].GetDone())
	require.Equal(t, "可以为您办理暂停，最长六个月", r.GetSteps()[2].GetAlternative())
	require.Equal(t, "agents/wu", r.GetSteps()[5].GetParty())
	require.False(t, r.GetSteps()[5].GetAbuse())

	_, err = client.EndRefusal(t.Context(), &remedyv1.EndRefusalRequest{Name: r.GetName(), Words: "x"})
	rpctest.RequireReason(t, err, codes.FailedPrecondition, remedyv1.ErrorReason_REFUSAL_ENDED.String())
	require.Equal(t, 1, w.count(complaint, "refusal_begun"))
	require.Equal(t, 6, w.count(complaint, "refusal_step_recorded"))
	require.Equal(t, "agents/wu", w.last(complaint, "refusal_step_recorded").GetRefusalStepRecorded().GetParty())
	ended := w.last(complaint, "refusal_ended").GetRefusalEnded()
	require.Equal(t, customer, ended.GetCustomer())
	require.Equal(t, "END_CONTACT", ended.GetStep())
	require.Equal(t, r.GetWatchTime().AsTime(), ended.GetWatchTime().AsTime())
}

// last is what the newest event of a type tells.
func (w *world) last(complaint, kind string) *eventv1.Payload {
	w.t.Helper()
	var found *eventv1.Payload
	for _, e := range w.told(complaint) {
		if e.GetType() == kind {
			var err error
			found, err = eventlog.Decode(e)
			require.NoError(w.t, err)
		}
	}
	require.NotNil(w.t, found, kind)
	return found
}

// TestAbuse goes to the last step at once, and no further than that.
func TestAbuse(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REF-1")
	w := newWorld(t)
	r := w.refuse(w.receive())
	client := w.supervising()
	req := step(r.GetName(), remedyv1.RefusalStep_END_CONTACT)
	req.Abuse, req.Evidence, req.ByTheRules = true, "辱骂坐席，录音 03:12", false
	_, err := client.RecordRefusalStep(t.Context(), req)
	rpctest.RequireReason(t, err, codes.FailedPrecondition, remedyv1.ErrorReason_CONTACT_NOT_TO_BE_ENDED.String())
	req.ByTheRules = true
	_, err = w.refusing("agents/lin", authv1.Role_AGENT).RecordRefusalStep(t.Context(), req)
	rpctest.RequireReason(t, err, codes.FailedPrecondition, remedyv1.ErrorReason_CONTACT_NOT_TO_BE_ENDED.String())
	for _, role := range []authv1.Role{authv1.Role_SUPERVISOR, authv1.Role_MANAGER, authv1.Role_EXECUTIVE} {
		other := w.refuse(w.receive())
		cut := step(other.GetName(), remedyv1.RefusalStep_END_CONTACT)
		cut.Abuse = true
		_, err := w.refusing("agents/wu", role).RecordRefusalStep(t.Context(), cut)
		require.NoError(t, err, role)
	}
	ctx := rpctest.WithKey(t.Context(), "once")
	got, err := client.RecordRefusalStep(ctx, req)
	require.NoError(t, err)
	again, err := client.RecordRefusalStep(ctx, req)
	require.NoError(t, err, "a key that is repeated is answered")
	require.Equal(t, got.GetEtag(), again.GetEtag())
	require.Len(t, got.GetSteps(), 1)
	require.True(t, got.GetSteps()[0].GetAbuse())
	require.Equal(t, remedyv1.Refusal_CONTACT_ENDED, got.GetState())
}

// TestTheConversationThatEndsTheContactIsTold, in ways that carry an answer alone, and of the last step alone (CALL-2).
func TestTheConversationThatEndsTheContactIsTold(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REF-1", "CALL-2")
	w := newWorld(t)
	complaint := w.receive()
	r := w.refuse(complaint)
	client := w.refusing("agents/lin", authv1.Role_AGENT)
	early := step(r.GetName(), remedyv1.RefusalStep_SET_EXPECTATIONS)
	early.Way = policyv1.ContactWay_PHONE
	_, err := client.RecordRefusalStep(t.Context(), early)
	rpctest.RequireReason(t, err, codes.InvalidArgument, errorv1.Reason_INVALID_FIELD.String())
	w.climb(r, remedyv1.RefusalStep_SUPPORT)
	last := step(r.GetName(), remedyv1.RefusalStep_END_CONTACT)
	for _, way := range []policyv1.ContactWay{policyv1.ContactWay_LETTER, policyv1.ContactWay_SMS, 99} {
		last.Way = way
		_, err = client.RecordRefusalStep(t.Context(), last)
		rpctest.RequireField(t, err, "way")
	}
	last.Way = policyv1.ContactWay_VISIT
	_, err = w.supervising().RecordRefusalStep(t.Context(), last)
	require.NoError(t, err)
	told := w.last(complaint, "refusal_step_recorded").GetRefusalStepRecorded()
	require.Equal(t, []any{"END_CONTACT", policyv1.ContactWay_VISIT}, []any{told.GetStep(), told.GetWay()})
}

// TestRefusalEnds by the customer's yes, by a change of mind, and with the cycle.
func TestRefusalEnds(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	complaint := w.receive()
	client := w.refusing("agents/lin", authv1.Role_AGENT)
	first := w.climb(w.refuse(complaint), remedyv1.RefusalStep_REASON_AND_ALTERNATIVE)
	yes := &remedyv1.EndRefusalRequest{Name: first.GetName(), Accepted: true, Words: "好吧", Evidence: w.says(complaint), Etag: `"1"`}
	_, err := client.EndRefusal(t.Context(), yes)
	rpctest.RequireReason(t, err, codes.Aborted, errorv1.Reason_ETAG_MISMATCH.String())
	yes.Etag = first.GetEtag()
	once := rpctest.WithKey(t.Context(), "once")
	got, err := client.EndRefusal(once, yes)
	require.NoError(t, err)
	_, err = client.EndRefusal(once, yes)
	require.NoError(t, err, "a key that is repeated is answered")
	require.Equal(t, remedyv1.Refusal_ACCEPTED, got.GetState())
	require.Equal(t, "好吧", got.GetWords())
	require.Nil(t, got.GetWatchTime())
	ended := w.last(complaint, "refusal_ended").GetRefusalEnded()
	require.Equal(t, []string{"REASON_AND_ALTERNATIVE", yes.GetEvidence()}, []string{ended.GetStep(), ended.GetEvidence()})

	second := w.refuse(complaint)
	require.Equal(t, complaint+"/refusals/2", second.GetName())
	got, err = client.EndRefusal(t.Context(), &remedyv1.EndRefusalRequest{Name: second.GetName(), Words: "查到是我们的错"})
	require.NoError(t, err)
	require.Equal(t, remedyv1.Refusal_ABANDONED, got.GetState())
	_, err = client.WriteRefusal(t.Context(), &remedyv1.WriteRefusalRequest{Name: second.GetName()})
	rpctest.RequireReason(t, err, codes.FailedPrecondition, remedyv1.ErrorReason_REFUSAL_ENDED.String())

	third := w.refuse(complaint)
	w.happens(complaint, 1, closed())
	_, err = client.BeginRefusal(t.Context(), &remedyv1.BeginRefusalRequest{Name: complaint, Decision: "x", Clause: "§ 10"})
	rpctest.RequireReason(t, err, codes.FailedPrecondition, remedyv1.ErrorReason_COMPLAINT_ENDED.String())
	page, err := client.ListRefusals(t.Context(), &remedyv1.ListRefusalsRequest{Parent: complaint, PageSize: 2})
	require.NoError(t, err)
	require.Len(t, page.GetRefusals(), 2)
	rest, err := client.ListRefusals(t.Context(), &remedyv1.ListRefusalsRequest{Parent: complaint, PageSize: 2, PageToken: page.GetNextPageToken()})
	require.NoError(t, err)
	require.Len(t, rest.GetRefusals(), 1)
	require.Equal(t, third.GetName(), rest.GetRefusals()[0].GetName())
	require.Equal(t, remedyv1.Refusal_ENDED, rest.GetRefusals()[0].GetState())
	require.Empty(t, rest.GetNextPageToken())
	require.Equal(t, 3, w.count(complaint, "refusal_ended"))

	_, err = client.RecordRefusalStep(t.Context(), step(complaint+"/refusals/9", remedyv1.RefusalStep_SOOTHE))
	rpctest.RequireReason(t, err, codes.NotFound, errorv1.Reason_RESOURCE_NOT_FOUND.String())
}

// TestRefusalWordsAreSealed shows them to those who handle complaints, and to nobody once the customer was erased.
func TestRefusalWordsAreSealed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	complaint := w.receive()
	w.climb(w.refuse(complaint), remedyv1.RefusalStep_COMPENSATE)
	list := func(client remedyv1.RefusalServiceClient) *remedyv1.Refusal {
		resp, err := client.ListRefusals(t.Context(), &remedyv1.ListRefusalsRequest{Parent: complaint})
		require.NoError(t, err)
		return resp.GetRefusals()[0]
	}
	bare := func(r *remedyv1.Refusal) {
		require.Empty(t, r.GetDecision()+r.GetClause()+r.GetWords())
		for _, s := range r.GetSteps() {
			require.Empty(t, s.GetEvidence()+s.GetReason()+s.GetAlternative())
		}
	}
	bare(list(w.refusing("agents/he", authv1.Role_AUDITOR)))
	agent := w.refusing("agents/lin", authv1.Role_AGENT)
	require.NotEmpty(t, list(agent).GetSteps()[0].GetEvidence())
	one := &remedyv1.GetRefusalRequest{Name: complaint + "/refusals/1"}
	got, err := agent.GetRefusal(t.Context(), one)
	require.NoError(t, err)
	require.Equal(t, list(agent).String(), got.String(), "one is read as it is listed")
	plain, err := w.refusing("agents/he", authv1.Role_AUDITOR).GetRefusal(t.Context(), one)
	require.NoError(t, err)
	bare(plain)
	_, err = agent.GetRefusal(t.Context(), &remedyv1.GetRefusalRequest{Name: complaint + "/refusals/2"})
	rpctest.RequireReason(t, err, codes.NotFound, errorv1.Reason_RESOURCE_NOT_FOUND.String())
	gone := errs.NotFound(intakev1.ErrorReason_DATA_KEY_NOT_FOUND.String(), "gone")
	w.keys.failure.Store(gone)
	bare(list(agent))
	letter, err := agent.WriteRefusal(t.Context(), &remedyv1.WriteRefusalRequest{Name: complaint + "/refusals/1"})
	require.NoError(t, err)
	require.Len(t, letter.GetMissing(), 4)
}

// receivedAt is a complaint of a customer at a time.
func receivedAt(of string, at time.Time) *eventv1.Payload {
	return &eventv1.Payload{Kind: &eventv1.Payload_ComplaintReceived{ComplaintReceived: &eventv1.ComplaintReceived{
		Customer: of, ReceiveTime: timestamppb.New(at), LanguageCode: "zh-Hans",
	}}}
}

// TestRepeat watches the customer whose contact was ended, for as long as the policy says, and nobody else.
func TestRepeat(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REF-1")
	w := newWorld(t)
	complaint := w.receive()
	w.now = w.now.Add(time.Hour)
	r := w.climb(w.refuse(complaint), remedyv1.RefusalStep_END_CONTACT)
	until := r.GetWatchTime().AsTime()
	come := func(of string, at time.Time) string {
		name := "complaints/" + w.ids.ID()
		w.happens(name, 1, receivedAt(of, at))
		return name
	}
	in, late := come(customer, w.now.Add(time.Second)), come(customer, until.Add(-time.Microsecond))
	for _, name := range []string{in, late} {
		require.Equal(t, 1, w.count(name, "refusal_repeated"), "told of the new complaint, once")
	}
	require.Equal(t, r.GetName(), w.last(in, "refusal_repeated").GetRefusalRepeated().GetRefusal())
	for _, name := range []string{
		come(customer, w.now.Add(-time.Second)), come(customer, until), come("customers/other", w.now.Add(time.Second)),
	} {
		require.Zero(t, w.count(name, "refusal_repeated"))
	}
	w.happens(complaint, 1, closed())
	w.happens(complaint, 2, reopened())
	require.Equal(t, 1, w.count(complaint, "refusal_repeated"), "the same complaint again is a repeat, too")
	resp, err := w.refusing("agents/lin", authv1.Role_AGENT).ListRefusals(t.Context(), &remedyv1.ListRefusalsRequest{Parent: complaint})
	require.NoError(t, err)
	require.ElementsMatch(t, []string{in, late, complaint}, resp.GetRefusals()[0].GetRepeats())
}

// TestLetterThatRefuses has what the letter needs, says what it lacks, and what not to say.
func TestLetterThatRefuses(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REF-1")
	w := newWorldOn(t, newDB(t), `
refusals:
  watch_within: 720h
  channels:
    - display_name: {zh-Hans: 通信管理局, zh-Hant: 通訊管理局, en: the communications administration}
      address: "12300"
      open_after: 360h
    - display_name: {zh-Hans: 人民调解, zh-Hant: 人民調解, en: mediation}
`)
	complaint := "complaints/" + w.ids.ID()
	w.happens(complaint, 1, receivedAt(customer, w.now))
	client := w.refusing("agents/lin", authv1.Role_AGENT)
	r := w.refuse(complaint)
	write := func() *remedyv1.WriteRefusalResponse {
		resp, err := client.WriteRefusal(t.Context(), &remedyv1.WriteRefusalRequest{Name: r.GetName()})
		require.NoError(t, err)
		return resp
	}
	require.Len(t, write().GetMissing(), 2, "reasons and alternative")
	w.climb(r, remedyv1.RefusalStep_REASON_AND_ALTERNATIVE)
	letter := write()
	require.Equal(t, "zh-Hans", letter.GetLanguageCode())
	require.Empty(t, letter.GetMissing())
	require.Equal(t, "可以为您办理暂停，最长六个月", letter.GetVariables()["alternative"])
	require.Regexp(t, `^您还可以找：通信管理局（12300，20\d\d年\d+月\d+日起）；人民调解。$`, letter.GetVariables()["channels"])
	w.now = w.now.Add(361 * time.Hour)
	require.Equal(t, "您还可以找：通信管理局（12300）；人民调解。", write().GetVariables()["channels"], "it is open by now")
}

// TestNobodyIsRefusedFlatly: a complaint ends as refused once its refusal was accepted, or went to its last step, and not before.
func TestNobodyIsRefusedFlatly(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REF-1")
	w := newWorld(t)
	for _, end := range []func(r *remedyv1.Refusal){
		func(r *remedyv1.Refusal) { w.climb(r, remedyv1.RefusalStep_END_CONTACT) },
		func(r *remedyv1.Refusal) {
			_, err := w.refusing("agents/lin", authv1.Role_AGENT).EndRefusal(t.Context(), &remedyv1.EndRefusalRequest{
				Name: r.GetName(), Accepted: true, Words: "all right", Evidence: w.says(r.GetName()[:len("complaints/")+26]),
			})
			require.NoError(t, err)
		},
	} {
		complaint := w.receive()
		objections := func(outcome string) []string {
			resp, err := w.as("services/worker", authv1.Role_SERVICE).CheckRemedies(t.Context(), &remedyv1.CheckRemediesRequest{
				Complaint: complaint, Cycle: 1, Outcome: outcome,
			})
			require.NoError(t, err)
			return resp.GetObjections()
		}
		require.Len(t, objections("REFUSED"), 1)
		require.Contains(t, objections("REFUSED")[0], complaint+":refuse")
		require.Empty(t, objections("EXPLAINED"))
		r := w.climb(w.refuse(complaint), remedyv1.RefusalStep_REASON_AND_ALTERNATIVE)
		for _, outcome := range []string{"REFUSED", "EXPLAINED", "REMEDIED"} {
			require.Len(t, objections(outcome), 1, "it goes on")
			require.Contains(t, objections(outcome)[0], r.GetName())
			require.Contains(t, objections(outcome)[0], ":endRefusal")
		}
		end(r)
		require.Empty(t, objections("REFUSED"))
		require.Empty(t, objections("EXPLAINED"))
	}
}
