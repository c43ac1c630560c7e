package remedy_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/redress-dev/redress/gen/covers"
	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
	"github.com/redress-dev/redress/services/internal/rpc/rpctest"
	"github.com/redress-dev/redress/services/remedy"
)

// says has the customer write now, and returns the message's name.
func (w *world) says(complaint string) string {
	w.t.Helper()
	name := complaint + "/messages/" + w.ids.ID()
	w.records[name] = remedy.Found{CustomersWord: true, Time: w.now, Message: true, Kind: policyv1.MessageKind_ACCEPTS}
	return name
}

// heard has intake tell of a message of the customer's, and of what kind it is.
func (w *world) heard(complaint, message string, kind policyv1.MessageKind) {
	w.t.Helper()
	w.happens(complaint, 1, &eventv1.Payload{Kind: &eventv1.Payload_MessageRecorded{MessageRecorded: &eventv1.MessageRecorded{
		Message: message, Author: eventv1.MessageRecorded_CUSTOMER, MessageTime: timestamppb.New(w.now), Kind: kind,
	}}})
}

// TestNobodyButTheCustomerAcceptsARefusal: it takes a word of theirs on record since the refusal was begun, which is no no, or a supervisor's note
// of a conversation; and what they accept was explained.
func TestNobodyButTheCustomerAcceptsARefusal(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REF-1")
	w := newWorld(t)
	complaint := w.receive()
	before := w.says(complaint)
	w.now = w.now.Add(time.Minute)
	r := w.refuse(complaint)
	w.now = w.now.Add(time.Minute)
	agent, leader := w.refusing("agents/lin", authv1.Role_AGENT), w.refusing("agents/wu", authv1.Role_SUPERVISOR)
	notProven, notFound := remedyv1.ErrorReason_ACCEPTANCE_NOT_PROVEN.String(), followupv1.ErrorReason_EVIDENCE_NOT_FOUND.String()
	yes := func(evidence string) *remedyv1.EndRefusalRequest {
		return &remedyv1.EndRefusalRequest{Name: r.GetName(), Accepted: true, Words: "那好吧", Evidence: evidence}
	}
	_, err := agent.EndRefusal(t.Context(), yes(w.says(complaint)))
	rpctest.RequireReason(t, err, codes.FailedPrecondition, remedyv1.ErrorReason_STEP_OUT_OF_ORDER.String())
	require.Equal(t, "SET_EXPECTATIONS", metadataOf(t, err)["next"])

	early := w.says(complaint)
	w.now = w.now.Add(time.Minute)
	r = w.climb(r, remedyv1.RefusalStep_REASON_AND_ALTERNATIVE)
	w.now = w.now.Add(time.Minute)
	ours, no, asks := complaint+"/messages/"+w.ids.ID(), w.says(complaint), w.says(complaint)
	w.records[asks] = remedy.Found{CustomersWord: true, Time: w.now, Message: true, Kind: policyv1.MessageKind_NEW_INFORMATION}
	w.records[ours] = remedy.Found{}
	w.heard(complaint, no, policyv1.MessageKind_REJECTS)
	for name, c := range map[string]struct {
		evidence, reason string
		code             codes.Code
	}{
		"words alone":          {"", notProven, codes.FailedPrecondition},
		"an agent's message":   {ours, notProven, codes.FailedPrecondition},
		"from before":          {before, notProven, codes.FailedPrecondition},
		"before the reason":    {early, notProven, codes.FailedPrecondition},
		"neither yes nor no":   {asks, notProven, codes.FailedPrecondition},
		"the customer's no":    {no, notProven, codes.FailedPrecondition},
		"of nothing":           {complaint + "/messages/" + w.ids.ID(), notFound, codes.NotFound},
		"of another complaint": {w.says("complaints/" + w.ids.ID()), notFound, codes.NotFound},
	} {
		_, err := agent.EndRefusal(t.Context(), yes(c.evidence))
		require.Error(t, err, name)
		rpctest.RequireReason(t, err, c.code, c.reason)
	}
	dot := yes(w.says(complaint))
	dot.Words = "."
	_, err = agent.EndRefusal(t.Context(), dot)
	rpctest.RequireField(t, err, "words")

	note := func(way policyv1.ContactWay, at time.Duration) *remedyv1.EndRefusalRequest {
		req := yes("")
		req.Way, req.ConversationTime = way, timestamppb.New(w.now.Add(at))
		return req
	}
	for _, c := range []struct {
		client remedyv1.RefusalServiceClient
		req    *remedyv1.EndRefusalRequest
	}{
		{agent, note(policyv1.ContactWay_PHONE, 0)}, {leader, note(0, 0)}, {leader, note(policyv1.ContactWay_PHONE, -2*time.Minute)},
		{leader, note(policyv1.ContactWay_PHONE, time.Hour)},
	} {
		_, err := c.client.EndRefusal(t.Context(), c.req)
		rpctest.RequireReason(t, err, codes.FailedPrecondition, notProven)
	}
	both := note(policyv1.ContactWay_PHONE, 0)
	both.Evidence = w.says(complaint)
	_, err = leader.EndRefusal(t.Context(), both)
	rpctest.RequireField(t, err, "way")
	got, err := leader.EndRefusal(t.Context(), note(policyv1.ContactWay_PHONE, 0))
	require.NoError(t, err)
	require.Equal(t, remedyv1.Refusal_ACCEPTED, got.GetState())
	ended := w.last(complaint, "refusal_ended").GetRefusalEnded()
	require.Equal(t, policyv1.ContactWay_PHONE, ended.GetWay())
	require.Equal(t, w.now, ended.GetConversationTime().AsTime())
}

// TestANoThatIsNone: whoever has found that a message was taken for a no may name it.
func TestANoThatIsNone(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REF-1")
	w := newWorld(t)
	complaint := w.receive()
	r := w.climb(w.refuse(complaint), remedyv1.RefusalStep_REASON_AND_ALTERNATIVE)
	name := w.says(complaint)
	w.heard(complaint, name, policyv1.MessageKind_THREATENS)
	client := w.refusing("agents/lin", authv1.Role_AGENT)
	req := &remedyv1.EndRefusalRequest{Name: r.GetName(), Accepted: true, Words: "那好吧", Evidence: name}
	_, err := client.EndRefusal(t.Context(), req)
	rpctest.RequireReason(t, err, codes.FailedPrecondition, remedyv1.ErrorReason_ACCEPTANCE_NOT_PROVEN.String())
	w.happens(complaint, 1, &eventv1.Payload{Kind: &eventv1.Payload_MessageReclassified{MessageReclassified: &eventv1.MessageReclassified{
		Message: name, Kind: policyv1.MessageKind_ACCEPTS,
	}}})
	_, err = client.EndRefusal(t.Context(), req)
	require.NoError(t, err)
}

// TestWhatProvesAStepIsOnRecord: words say something, and a name is of something in this complaint; a reason is told in words.
func TestWhatProvesAStepIsOnRecord(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REF-1")
	w := newWorld(t)
	complaint := w.receive()
	client := w.refusing("agents/lin", authv1.Role_AGENT)
	for _, field := range []string{"decision", "clause"} {
		req := &remedyv1.BeginRefusalRequest{Name: complaint, Decision: "不能退", Clause: "第七条"}
		if field == "clause" {
			req.Clause = "..."
		} else {
			req.Decision = "。"
		}
		_, err := client.BeginRefusal(t.Context(), req)
		rpctest.RequireField(t, err, field)
	}
	r := w.refuse(complaint)
	req := step(r.GetName(), remedyv1.RefusalStep_SET_EXPECTATIONS)
	req.Evidence = "."
	_, err := client.RecordRefusalStep(t.Context(), req)
	rpctest.RequireField(t, err, "evidence")
	for _, name := range []string{complaint + "/messages/" + w.ids.ID(), w.says("complaints/" + w.ids.ID())} {
		req.Evidence = name
		_, err = client.RecordRefusalStep(t.Context(), req)
		rpctest.RequireReason(t, err, codes.NotFound, followupv1.ErrorReason_EVIDENCE_NOT_FOUND.String())
	}
	req.Evidence = w.says(complaint)
	_, err = client.RecordRefusalStep(t.Context(), req)
	require.NoError(t, err)
	_, err = client.RecordRefusalStep(t.Context(), step(r.GetName(), remedyv1.RefusalStep_SOOTHE))
	require.NoError(t, err)
	reason := step(r.GetName(), remedyv1.RefusalStep_REASON_AND_ALTERNATIVE)
	reason.Alternative = "."
	_, err = client.RecordRefusalStep(t.Context(), reason)
	rpctest.RequireField(t, err, "alternative")
	reason = step(r.GetName(), remedyv1.RefusalStep_REASON_AND_ALTERNATIVE)
	reason.Evidence = w.says(complaint)
	_, err = client.RecordRefusalStep(t.Context(), reason)
	rpctest.RequireField(t, err, "evidence")
	_, err = client.RecordRefusalStep(t.Context(), step(r.GetName(), remedyv1.RefusalStep_REASON_AND_ALTERNATIVE))
	require.NoError(t, err)
	waived := step(r.GetName(), remedyv1.RefusalStep_COMPENSATE)
	waived.Reason = "-"
	_, err = client.RecordRefusalStep(t.Context(), waived)
	rpctest.RequireField(t, err, "reason")
}

// TestNobodyRefusesAComplaintAboutThemselves, also one that went on in it.
func TestNobodyRefusesAComplaintAboutThemselves(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REF-1", "ROUTE-2")
	w := newWorld(t)
	complaint := w.receive()
	r := w.refuse(complaint)
	w.happens(complaint, 1, &eventv1.Payload{Kind: &eventv1.Payload_ComplaintAbsorbed{ComplaintAbsorbed: &eventv1.ComplaintAbsorbed{
		Complaint: "complaints/other", TargetAgents: []string{"agents/he"},
	}}})
	client := w.refusing("agents/he", authv1.Role_AGENT)
	abuse := step(r.GetName(), remedyv1.RefusalStep_END_CONTACT)
	abuse.Abuse = true
	_, err := client.RecordRefusalStep(t.Context(), abuse)
	rpctest.RequireReason(t, err, codes.PermissionDenied, remedyv1.ErrorReason_AGENT_RECUSED.String())
	_, err = client.EndRefusal(t.Context(), &remedyv1.EndRefusalRequest{Name: r.GetName(), Words: "不拒绝了"})
	rpctest.RequireReason(t, err, codes.PermissionDenied, remedyv1.ErrorReason_AGENT_RECUSED.String())
	_, err = w.refusing("agents/lin", authv1.Role_AGENT).EndRefusal(t.Context(), &remedyv1.EndRefusalRequest{Name: r.GetName(), Words: "不拒绝了"})
	require.NoError(t, err)
	_, err = client.BeginRefusal(t.Context(), &remedyv1.BeginRefusalRequest{Name: complaint, Decision: "不能退", Clause: "第七条"})
	rpctest.RequireReason(t, err, codes.PermissionDenied, remedyv1.ErrorReason_AGENT_RECUSED.String())
}
