package intake_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/redress-dev/redress/gen/covers"
	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
)

func TestLinkComplaint(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REC-6")
	f := newFixture(t)
	a, b := f.complain(phone, parcel).GetName(), f.complain("13900000009", "The water pipe leaks").GetName()
	link := func(relation intakev1.Relation) error {
		_, err := f.matters.LinkComplaint(t.Context(), &intakev1.LinkComplaintRequest{Name: a, To: b, Relation: relation, Reason: "one truck"})
		return err
	}
	require.NoError(t, link(intakev1.Relation_SAME_CAUSE))
	for name, other := range map[string]string{a: b, b: a} {
		links := f.record(name).GetLinks()
		require.Len(t, links, 1)
		require.Equal(t, other, links[0].GetComplaint())
		require.Equal(t, intakev1.Relation_SAME_CAUSE, links[0].GetRelation())
		require.Equal(t, "one truck", links[0].GetReason())
		require.Equal(t, name == a, links[0].GetOutgoing())
		require.Equal(t, "agents/lin", links[0].GetActor())
		require.Len(t, f.told(name, "complaint_linked"), 1)
	}
	version := f.get(a).GetEtag()
	require.NoError(t, link(intakev1.Relation_SAME_CAUSE))
	require.Equal(t, version, f.get(a).GetEtag(), "the same again changes nothing")
	require.NoError(t, link(intakev1.Relation_RELATED))
	require.Equal(t, intakev1.Relation_RELATED, f.record(b).GetLinks()[0].GetRelation())

	_, err := f.matters.LinkComplaint(t.Context(), &intakev1.LinkComplaintRequest{Name: a, To: a, Relation: intakev1.Relation_RELATED})
	refused(t, err, codes.InvalidArgument, intakev1.ErrorReason_LINK_TO_ITSELF)
	_, err = f.matters.LinkComplaint(t.Context(), &intakev1.LinkComplaintRequest{Name: a, To: b, Relation: intakev1.Relation_MERGER})
	require.Equal(t, codes.InvalidArgument, status.Code(err), "only :merge merges")
	auditor := intakev1.NewRecordServiceClient(f.harness.Conn("agents/ada", authv1.Role_AUDITOR))
	masked, err := auditor.GetRecord(t.Context(), &intakev1.GetRecordRequest{Name: a + "/record"})
	require.NoError(t, err)
	require.Empty(t, masked.GetLinks()[0].GetReason())
	require.Equal(t, b, masked.GetLinks()[0].GetComplaint())
}

// closeIt ends a complaint as an enquiry does not: resolved and closed.
func (f *fixture) closeIt(name string) {
	f.t.Helper()
	f.resolve(name)
	f.confirm(name)
	_, err := f.agent.CloseComplaint(f.t.Context(), &intakev1.CloseComplaintRequest{Name: name})
	require.NoError(f.t, err)
}

// A complaint of the same matter after closing is linked and counted, once, and is a signal.
func TestRepeatIsLinked(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REC-6")
	f := newFixture(t)
	first := f.complain(phone, parcel)
	f.indexed(first.GetName())
	f.closeIt(first.GetName())
	f.pass(48 * time.Hour)
	again := f.complain(phone, "又是这样！"+parcel)
	f.indexed(again.GetName())
	c := f.get(again.GetName())
	require.Equal(t, int32(1), c.GetRepeatCount())
	require.Equal(t, intakev1.Complaint_RECEIVED, c.GetState())
	require.Equal(t, intakev1.Complaint_CLOSED, f.get(first.GetName()).GetState())
	record := f.record(again.GetName())
	require.Equal(t, intakev1.Relation_REPEAT, record.GetLinks()[0].GetRelation())
	require.True(t, record.GetLinks()[0].GetAutomatic())
	require.Len(t, record.GetSignals(), 2, "what the customer said of it, and what the record says")
	for _, signal := range record.GetSignals() {
		require.Equal(t, policyv1.SignalKind_REPEATED_ISSUE, signal.GetKind())
		require.Contains(t, signal.GetQuote(), "又是这样")
	}
	require.Equal(t, "matters.repeat", record.GetSignals()[1].GetRuleId())
	require.Equal(t, policyv1.Severity_HIGH, c.GetSeverity())
	require.Equal(t, again.GetName(), f.record(first.GetName()).GetLinks()[0].GetComplaint())
	version := c.GetEtag()
	f.indexed(again.GetName())
	require.Equal(t, version, f.get(again.GetName()).GetEtag(), "a repeated delivery changes nothing")

	f.closeIt(again.GetName())
	third := f.complain(phone, parcel)
	f.indexed(third.GetName())
	require.Equal(t, int32(2), f.get(third.GetName()).GetRepeatCount())

	history, err := f.matters.LookupCustomer(t.Context(), &intakev1.LookupCustomerRequest{Phone: "+86 139-1234-5678"})
	require.NoError(t, err)
	require.Equal(t, int32(3), history.GetComplaintCount())
	require.Equal(t, int32(1), history.GetOpenCount())
	require.Equal(t, int32(2), history.GetRepeatCount())
	require.Equal(t, third.GetName(), history.GetEntries()[0].GetComplaint())
	require.NotEmpty(t, history.GetEntries()[0].GetLinks())
}

// Another matter, an open complaint, another customer's, one that was closed long ago and one that was none are repeated by nothing.
func TestWhatIsNoRepeat(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	closed := f.complain(phone, parcel)
	f.closeIt(closed.GetName())
	open := f.complain("13900000001", parcel)
	none := f.complain("13900000002", parcel)
	_, err := f.agent.CloseComplaint(t.Context(), &intakev1.CloseComplaintRequest{Name: none.GetName(), Outcome: intakev1.Complaint_NOT_A_COMPLAINT})
	require.NoError(t, err)
	for name, c := range map[string]*intakev1.Complaint{
		"another matter":   f.complain(phone, "餐厅的菜里面吃出了虫子，经理态度恶劣"),
		"open":             f.complain("13900000001", parcel),
		"another customer": f.complain("13900000003", parcel),
		"none":             f.complain("13900000002", parcel),
	} {
		f.indexed(c.GetName())
		require.Zero(t, f.get(c.GetName()).GetRepeatCount(), name)
		require.Empty(t, f.record(c.GetName()).GetLinks(), name)
	}
	f.pass(91 * 24 * time.Hour)
	late := f.complain(phone, parcel)
	f.indexed(late.GetName())
	require.Zero(t, f.get(late.GetName()).GetRepeatCount())
	require.Equal(t, intakev1.Complaint_RECEIVED, f.get(open.GetName()).GetState())
}

// By the other policy the earlier complaint is opened again, and the new one goes on in it.
func TestRepeatReopens(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REC-6")
	f := newFixtureWith(t, reopening(t))
	first := f.complain(phone, parcel)
	f.closeIt(first.GetName())
	again := f.complain(phone, parcel)
	f.item(again.GetName(), "送货")
	f.indexed(again.GetName())
	c := f.get(first.GetName())
	require.Equal(t, intakev1.Complaint_ACTIVE, c.GetState())
	require.Equal(t, int32(2), c.GetCycle())
	require.Equal(t, int32(1), c.GetRepeatCount())
	require.Equal(t, policyv1.Severity_HIGH, c.GetSeverity(), "the signal weighs")
	require.Len(t, f.record(first.GetName()).GetItems(), 1)
	require.Equal(t, first.GetName(), f.get(again.GetName()).GetMergedInto())
	types := f.types(again.GetName())
	require.Equal(t, []string{"complaint_merged", "complaint_closed"}, types[len(types)-2:])
	version := c.GetEtag()
	f.indexed(again.GetName())
	require.Equal(t, version, f.get(first.GetName()).GetEtag())
}
