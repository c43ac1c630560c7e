package intake_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/redress-dev/redress/gen/covers"
	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/internal/rpc/rpctest"
)

// settled is a complaint that was filed and dealt with in one conversation.
func settled(f *fixture) *intakev1.CreateComplaintRequest {
	req := request()
	req.Items = []string{"查清扣费"}
	req.ReceiveTime = timestamppb.New(f.now().Add(-10 * time.Minute))
	req.FirstContact = &intakev1.FirstContactResolution{
		Way: policyv1.ContactWay_PHONE, Outcome: intakev1.Complaint_REMEDIED, Answer: "扣费已退回。", Remedy: "退费 20 元", Consent: true,
		ContactTime: timestamppb.New(f.now().Add(-5 * time.Minute)),
		Facts: []*intakev1.StatedFact{
			{Kind: intakev1.StatedFact_FEE, Text: "月租 20 元", Subject: "月租", Value: "20 CNY", Speaker: "agents/lin"},
			{Kind: intakev1.StatedFact_FEE, Text: "月租 30 元", Subject: "月租", Value: "30 CNY", Speaker: "网页"},
		},
		Understanding: &intakev1.Understanding{
			Feeling: "让您多花了钱，很抱歉。", Restatement: "多扣了一个月，对吗？", RestatementConfirmation: intakev1.Understanding_CONFIRMED,
		},
	}
	return req
}

// TestFirstContactResolution: one call records it all (REC-10).
func TestFirstContactResolution(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REC-10", "REC-4")
	f := newFixture(t)
	req := settled(f)
	ctx := rpctest.WithKey(t.Context(), "call-1")
	c, err := f.agent.CreateComplaint(ctx, req)
	require.NoError(t, err)
	require.Equal(t, intakev1.Complaint_RESOLVING, c.GetState(), "the owners are being asked")
	require.Zero(t, c.GetOpenItemCount())
	again, err := f.agent.CreateComplaint(ctx, req)
	require.NoError(t, err)
	requireSame(t, c, again)
	record := f.record(c.GetName())
	require.Equal(t, intakev1.Item_DONE, record.GetItems()[0].GetState())
	require.Equal(t, "退费 20 元", record.GetItems()[0].GetOutcome())
	require.Len(t, record.GetFacts(), 2)
	require.Equal(t, []string{record.GetFacts()[0].GetName()}, record.GetFacts()[1].GetContradicts())
	require.Equal(t, intakev1.Understanding_CONFIRMED, record.GetUnderstanding().GetRestatementConfirmation())
	contact := f.payloads(c.GetName())[0].GetComplaintReceived().GetFirstContact()
	require.Equal(t, "agents/lin", contact.GetAgent())
	requireSame(t, req.GetFirstContact().GetContactTime(), contact.GetContactTime())
	c = f.confirm(c.GetName())
	require.Equal(t, intakev1.Complaint_RESOLVED, c.GetState())
	require.Equal(t, intakev1.Complaint_REMEDIED, c.GetOutcome())
	require.Equal(t, "扣费已退回。", c.GetResolution())
}

func TestFirstContactRefuses(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REC-10", "CALL-2")
	f := newFixture(t)
	for field, edit := range map[string]func(*intakev1.FirstContactResolution){
		"first_contact.consent":      func(c *intakev1.FirstContactResolution) { c.Consent = false },
		"first_contact.way":          func(c *intakev1.FirstContactResolution) { c.Way = policyv1.ContactWay_LETTER },
		"first_contact.outcome":      func(c *intakev1.FirstContactResolution) { c.Outcome = intakev1.Complaint_REFUSED },
		"first_contact.answer":       func(c *intakev1.FirstContactResolution) { c.Answer = " " },
		"first_contact.remedy":       func(c *intakev1.FirstContactResolution) { c.Remedy = "" },
		"understanding.restatement":  func(c *intakev1.FirstContactResolution) { c.Understanding.Restatement = "" },
		"first_contact.contact_time": func(c *intakev1.FirstContactResolution) { c.ContactTime = timestamppb.New(f.now().Add(time.Hour)) },
	} {
		req := settled(f)
		edit(req.GetFirstContact())
		_, err := f.agent.CreateComplaint(t.Context(), req)
		rpctest.RequireField(t, err, field)
	}
	early := settled(f)
	early.FirstContact.ContactTime = timestamppb.New(f.now().Add(-time.Hour))
	_, err := f.agent.CreateComplaint(t.Context(), early)
	rpctest.RequireField(t, err, "first_contact.contact_time")
	late := settled(f)
	late.ReceiveTime, late.FirstContact.ContactTime = timestamppb.New(f.now().Add(-time.Hour)), timestamppb.New(f.now().Add(-6*time.Minute))
	_, err = f.agent.CreateComplaint(t.Context(), late)
	rpctest.RequireField(t, err, "first_contact.contact_time")
	_, err = f.public.CreateComplaint(t.Context(), settled(f))
	refused(t, err, codes.PermissionDenied, intakev1.ErrorReason_AUTHOR_NOT_ALLOWED)
	all, err := f.agent.ListComplaints(t.Context(), &intakev1.ListComplaintsRequest{})
	require.NoError(t, err)
	require.Empty(t, all.GetComplaints(), "what is refused is not filed")
}

// Whoever's matter was settled when it was filed is not told that somebody will call: the letter says what was agreed (REC-10).
func TestFirstContactIsAcknowledgedTruly(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REC-10", "ACK-1")
	f := newFixture(t)
	drafts := intakev1.NewDraftServiceClient(f.harness.Conn("agents/lin", authv1.Role_AGENT))
	draft := func(name, template, language string) (*intakev1.Draft, error) {
		return drafts.WriteDraft(t.Context(), &intakev1.WriteDraftRequest{Name: name, Template: template, LanguageCode: language})
	}
	contact := func(name string) *intakev1.Settled {
		t.Helper()
		got, err := f.worker.GetContact(t.Context(), &intakev1.GetContactRequest{Name: name})
		require.NoError(t, err)
		return got.GetSettled()
	}
	other := f.file()
	require.Nil(t, contact(other.GetName()))
	_, err := draft(other.GetName(), "settled", "")
	rpctest.RequireField(t, err, "template")
	req := settled(f)
	c, err := f.agent.CreateComplaint(t.Context(), req)
	require.NoError(t, err)
	requireSame(t, &intakev1.Settled{
		SettleTime: req.GetFirstContact().GetContactTime(), Answer: "扣费已退回。", Remedy: "退费 20 元",
	}, contact(c.GetName()))
	for language, promise := range map[string]string{"zh-Hans": "最迟", "zh-Hant": "最遲", "en": "in touch"} {
		for _, template := range []string{"acknowledgement", "settled"} {
			letter, err := draft(c.GetName(), template, language)
			require.NoError(t, err)
			require.Equal(t, "settled", letter.GetTemplate())
			require.NotContains(t, letter.GetText(), promise)
			for _, told := range []string{c.GetReference(), "扣费已退回。", "退费 20 元"} {
				require.Contains(t, letter.GetText(), told)
			}
		}
	}
	// The owners object: then somebody will be in touch, as with any other.
	_, err = f.worker.RefuseResolution(t.Context(), &intakev1.RefuseResolutionRequest{
		Name: c.GetName(), RequestId: f.lastRequest(c.GetName()), Objections: []string{"x"},
	})
	require.NoError(t, err)
	require.Nil(t, contact(c.GetName()))
	letter, err := draft(c.GetName(), "acknowledgement", "zh-Hans")
	require.NoError(t, err)
	require.Contains(t, letter.GetText(), "最迟")
}

// TestWhatWasObjectedToWasNotSettledAtOnce: how it ends later is told by letter, as with any other (REM-6).
func TestWhatWasObjectedToWasNotSettledAtOnce(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REC-10", "REM-6")
	f := newFixture(t)
	c, err := f.agent.CreateComplaint(t.Context(), settled(f))
	require.NoError(t, err)
	_, err = f.worker.RefuseResolution(t.Context(), &intakev1.RefuseResolutionRequest{
		Name: c.GetName(), RequestId: f.lastRequest(c.GetName()), Objections: []string{"x"},
	})
	require.NoError(t, err)
	_, err = f.agent.ResolveComplaint(t.Context(), &intakev1.ResolveComplaintRequest{
		Name: c.GetName(), Outcome: intakev1.Complaint_EXPLAINED, Resolution: "已经说明。",
	})
	require.NoError(t, err)
	f.confirm(c.GetName())
	got, err := f.worker.GetContact(t.Context(), &intakev1.GetContactRequest{Name: c.GetName()})
	require.NoError(t, err)
	require.Nil(t, got.GetSettled())
	letter, err := f.drafts("services/worker", authv1.Role_SERVICE).WriteDraft(t.Context(), &intakev1.WriteDraftRequest{Name: c.GetName()})
	require.NoError(t, err)
	require.Contains(t, letter.GetText(), "已经说明。")
}

// Of three facts that contradict each other, each says that it contradicts both others, however many are told at once.
func TestFirstContactWithContradictingFacts(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REC-9", "REC-10")
	f := newFixture(t)
	req := settled(f)
	req.FirstContact.Facts = append(req.FirstContact.GetFacts(), &intakev1.StatedFact{
		Kind: intakev1.StatedFact_FEE, Text: "月租 50 元", Subject: "月租", Value: "50 CNY", Speaker: "营业厅",
	})
	c, err := f.agent.CreateComplaint(t.Context(), req)
	require.NoError(t, err)
	facts := f.record(c.GetName()).GetFacts()
	require.Len(t, facts, 3)
	for i, fact := range facts {
		var others []string
		for j := range facts {
			if i != j {
				others = append(others, facts[j].GetName())
			}
		}
		require.ElementsMatch(t, others, fact.GetContradicts(), "fact %d", i)
		require.Equal(t, req.GetFirstContact().GetFacts()[i].GetText(), fact.GetText())
	}
}
