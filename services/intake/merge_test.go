package intake_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"buf.build/go/protovalidate"
	"github.com/stretchr/testify/require"
	"google.golang.org/genproto/googleapis/type/money"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/timestamppb"
	"pgregory.net/rapid"

	"github.com/redress-dev/redress/gen/covers"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
	"github.com/redress-dev/redress/services/internal/rpc/rpctest"
)

const (
	phone  = "139 1234 5678"
	parcel = "包裹三天没有收到，物流信息不更新，快递员电话打不通"
)

// A merged complaint is closed, and all that is on its record goes on in the other one.
func TestMergeComplaint(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REC-6")
	f := newFixture(t)
	from, into := f.complain(phone, parcel), f.complain(phone, parcel+"，请尽快处理")
	f.item(from.GetName(), "送货上门")
	f.item(from.GetName(), "道歉")
	f.item(into.GetName(), "退运费")
	_, err := f.records.CreateDemand(t.Context(), &intakev1.CreateDemandRequest{
		Parent: from.GetName(), Demand: &intakev1.DemandEntry{Demand: &intakev1.Demand{Amount: &money.Money{CurrencyCode: "CNY", Units: 200}}},
	})
	require.NoError(t, err)
	_, err = f.records.CreateNote(t.Context(), &intakev1.CreateNoteRequest{Parent: from.GetName(), Note: &intakev1.Note{Text: "回电话很着急"}})
	require.NoError(t, err)
	_, err = f.records.SetSeverity(t.Context(), &intakev1.SetSeverityRequest{Name: from.GetName(), Severity: policyv1.Severity_URGENT, Reason: "老人"})
	require.NoError(t, err)
	_, err = say(t, f.agent, from.GetName(), intakev1.Message_CUSTOMER, "first")
	require.NoError(t, err)
	f.pass(time.Second)
	_, err = say(t, f.agent, into.GetName(), intakev1.Message_CUSTOMER, "second")
	require.NoError(t, err)
	before := f.record(from.GetName())

	merged, err := f.merge(from.GetName(), into.GetName())
	require.NoError(t, err)
	require.Equal(t, intakev1.Complaint_CLOSED, merged.GetState())
	require.Equal(t, intakev1.Complaint_MERGED, merged.GetOutcome())
	require.Equal(t, into.GetName(), merged.GetMergedInto())
	survivor := f.get(into.GetName())
	require.Equal(t, int32(3), survivor.GetOpenItemCount(), "open items add up")
	require.Equal(t, policyv1.Severity_URGENT, survivor.GetSeverity(), "the higher severity")
	require.Equal(t, int64(200), survivor.GetDemanded().GetUnits())
	record := f.record(into.GetName())
	require.Len(t, record.GetItems(), 3)
	require.Equal(t, "回电话很着急", record.GetNotes()[0].GetText())
	require.Equal(t, before.GetNotes()[0].GetCreateTime().AsTime(), record.GetNotes()[0].GetCreateTime().AsTime(), "as it was recorded")
	require.Len(t, record.GetDemands(), 1)
	require.Len(t, record.GetLinks(), 1)
	require.Equal(t, intakev1.Relation_MERGER, record.GetLinks()[0].GetRelation())
	require.Equal(t, from.GetName(), record.GetLinks()[0].GetComplaint())
	require.False(t, record.GetLinks()[0].GetOutgoing())
	require.Len(t, record.GetLinks()[0].GetCarried(), 4, "two items, a demand, a note")
	require.True(t, f.record(from.GetName()).GetLinks()[0].GetOutgoing())

	list, err := f.agent.ListMessages(t.Context(), &intakev1.ListMessagesRequest{Parent: into.GetName()})
	require.NoError(t, err)
	require.Len(t, list.GetMessages(), 2)
	require.Equal(t, "first", list.GetMessages()[0].GetText())
	require.Contains(t, list.GetMessages()[0].GetName(), from.GetName(), "its name tells where it was said")

	types := f.types(from.GetName())
	require.Equal(t, []string{"complaint_merged", "complaint_closed"}, types[len(types)-2:])
	require.Equal(t, "MERGED", f.told(from.GetName(), "complaint_closed")[0].GetComplaintClosed().GetOutcome())
	require.EqualValues(t, 1, f.told(from.GetName(), "complaint_merged")[0].GetComplaintMerged().GetIntoCycle())
	absorbed := f.told(into.GetName(), "complaint_absorbed")[0].GetComplaintAbsorbed()
	require.Equal(t, from.GetName(), absorbed.GetComplaint())
	require.Equal(t, int32(4), absorbed.GetEntryCount())
	require.Equal(t, int32(3), absorbed.GetOpenItemCount())
	require.NotEmpty(t, f.told(into.GetName(), "severity_changed"))

	// What is said on it from now on is said where it goes on; an item that came along can be done there.
	f.pass(time.Second)
	ctx := rpctest.WithKey(t.Context(), "said-once")
	for range 2 {
		m, err := f.public.CreateMessage(ctx, &intakev1.CreateMessageRequest{
			Parent: from.GetName(), Message: &intakev1.Message{Author: intakev1.Message_CUSTOMER, Text: "third"},
		})
		require.NoError(t, err)
		require.Contains(t, m.GetName(), into.GetName())
	}
	list, err = f.agent.ListMessages(t.Context(), &intakev1.ListMessagesRequest{Parent: into.GetName()})
	require.NoError(t, err)
	require.Len(t, list.GetMessages(), 3)
	item := record.GetItems()[0]
	_, err = f.records.UpdateItem(t.Context(), &intakev1.UpdateItemRequest{
		Item: &intakev1.Item{Name: item.GetName(), Text: item.GetText(), State: intakev1.Item_DONE, Outcome: "done"},
	})
	require.NoError(t, err)
	require.Equal(t, int32(2), f.get(into.GetName()).GetOpenItemCount())
}

// TestMergerTellsWhomBothAreAbout, also of what went on in the one before: none of them judges what is left (APPR-2, ROUTE-2).
func TestMergerTellsWhomBothAreAbout(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "APPR-2", "ROUTE-2")
	f := newFixture(t)
	about := func(person string) string {
		c, err := f.agent.CreateComplaint(t.Context(), &intakev1.CreateComplaintRequest{
			Statement: parcel, Complainant: &intakev1.Complainant{Phone: phone},
			Target: &intakev1.Target{Kind: policyv1.TargetKind_STAFF, Person: person},
		})
		require.NoError(t, err)
		f.pass(time.Second)
		return c.GetName()
	}
	merge := func(from, into string) []string {
		_, err := f.merge(from, into)
		require.NoError(t, err)
		f.pass(time.Second)
		told := f.told(into, "complaint_absorbed")
		return told[len(told)-1].GetComplaintAbsorbed().GetTargetAgents()
	}
	wu, stranger, nobody, last := about("agents/wu"), about("张三"), about(""), about("agents/he")
	require.Equal(t, []string{"agents/wu"}, merge(wu, nobody))
	require.Empty(t, merge(stranger, nobody))
	require.Equal(t, []string{"agents/wu"}, merge(nobody, last))
}

func TestMergeIsRefused(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REC-6")
	f := newFixture(t)
	a, b, c := f.complain(phone, parcel).GetName(), f.complain(phone, parcel).GetName(), f.complain(phone, parcel).GetName()
	_, err := f.merge(a, a)
	refused(t, err, codes.InvalidArgument, intakev1.ErrorReason_MERGE_INTO_ITSELF)
	_, err = f.merge(nobody, a)
	rpctest.RequireReason(t, err, codes.NotFound, "COMPLAINT_NOT_FOUND")
	_, err = f.merge(a, nobody)
	rpctest.RequireReason(t, err, codes.NotFound, "COMPLAINT_NOT_FOUND")

	_, err = f.merge(a, b)
	require.NoError(t, err)
	_, err = f.merge(a, c)
	refused(t, err, codes.FailedPrecondition, intakev1.ErrorReason_MERGED_ALREADY)
	_, err = f.merge(b, a)
	refused(t, err, codes.FailedPrecondition, intakev1.ErrorReason_MERGE_CYCLE)
	_, err = f.merge(b, c)
	require.NoError(t, err, "what took another one over may go on in a third one")
	_, err = f.merge(c, a)
	refused(t, err, codes.FailedPrecondition, intakev1.ErrorReason_MERGE_CYCLE)
	d := f.complain(phone, parcel).GetName()
	_, err = f.merge(d, a)
	refused(t, err, codes.FailedPrecondition, intakev1.ErrorReason_MERGED_ALREADY)
	require.Contains(t, err.Error(), "goes on in "+c, "the survivor at the end of the chain")
	_, err = f.agent.ReopenComplaint(t.Context(), &intakev1.ReopenComplaintRequest{Name: a, Reason: "not solved"})
	refused(t, err, codes.FailedPrecondition, intakev1.ErrorReason_MERGED_ALREADY)
	require.Contains(t, err.Error(), "goes on in "+c)

	closed := f.in(intakev1.Complaint_CLOSED)
	_, err = f.boss.MergeComplaint(t.Context(), &intakev1.MergeComplaintRequest{Name: d, Into: closed.GetName(), Reason: "x"})
	refused(t, err, codes.FailedPrecondition, intakev1.ErrorReason_STATE_FORBIDS)
	_, err = f.boss.MergeComplaint(t.Context(), &intakev1.MergeComplaintRequest{Name: d, Into: c, Reason: "x", Etag: `"stale"`})
	rpctest.RequireReason(t, err, codes.Aborted, "ETAG_MISMATCH")
	require.Equal(t, intakev1.Complaint_RECEIVED, f.get(d).GetState(), "what is refused changes nothing")
}

// Of two customers only a supervisor merges.
func TestMergeOfTwoCustomers(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	a, b := f.complain("13900000001", parcel), f.complain("13900000002", parcel)
	_, err := f.merge(a.GetName(), b.GetName())
	refused(t, err, codes.PermissionDenied, intakev1.ErrorReason_CUSTOMERS_DIFFER)
	f.mergeByBoss(a.GetName(), b.GetName())
	c := f.complain("13900000003", parcel)
	f.erase(c.GetCustomer())
	_, err = f.boss.MergeComplaint(t.Context(), &intakev1.MergeComplaintRequest{Name: c.GetName(), Into: b.GetName(), Reason: "x"})
	refused(t, err, codes.NotFound, intakev1.ErrorReason_DATA_KEY_NOT_FOUND)
}

// One that an authority forwarded keeps its clocks and its reply duty until the authority is answered.
func TestForwardedIsNeverSwallowed(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REC-6")
	covers.Requirement(t, "REC-1")
	f := newFixture(t)
	forwarded, err := f.agent.CreateComplaint(t.Context(), &intakev1.CreateComplaintRequest{
		Statement: parcel, Complainant: &intakev1.Complainant{Phone: phone}, Channel: intakev1.Complaint_FORWARDED,
		Forwarding: &intakev1.Forwarding{Authority: "12315", Reference: "SH-1", ReplyDueTime: timestamppb.New(f.now().Add(72 * time.Hour))},
	})
	require.NoError(t, err)
	other := f.complain(phone, parcel)
	_, err = f.merge(forwarded.GetName(), other.GetName())
	refused(t, err, codes.FailedPrecondition, intakev1.ErrorReason_FORWARDED_NOT_MERGED)
	_, err = f.matters.LinkComplaint(t.Context(), &intakev1.LinkComplaintRequest{
		Name: other.GetName(), To: forwarded.GetName(), Relation: intakev1.Relation_DUPLICATE, Reason: "the same parcel",
	})
	require.NoError(t, err)
	require.NotNil(t, f.get(forwarded.GetName()).GetForwarding().GetReplyDueTime())
	_, err = f.records.AnswerAuthority(t.Context(), &intakev1.AnswerAuthorityRequest{Name: forwarded.GetName(), Proof: "answer 7"})
	require.NoError(t, err)
	_, err = f.merge(forwarded.GetName(), other.GetName())
	require.NoError(t, err)
	require.Equal(t, intakev1.Relation_MERGER, f.record(other.GetName()).GetLinks()[0].GetRelation())
	_, err = f.merge(other.GetName(), forwarded.GetName())
	refused(t, err, codes.FailedPrecondition, intakev1.ErrorReason_MERGE_CYCLE)
}

// Two mergers at once, each into the other one: one of them wins.
func TestMergersAtOnce(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	for range 10 {
		a, b := f.complain(phone, parcel).GetName(), f.complain(phone, parcel).GetName()
		errs := make([]error, 2)
		var both sync.WaitGroup
		both.Go(func() { _, errs[0] = f.merge(a, b) })
		both.Go(func() { _, errs[1] = f.merge(b, a) })
		both.Wait()
		lost := errs[0]
		if lost == nil {
			lost = errs[1]
		} else {
			require.NoError(t, errs[1])
		}
		refused(t, lost, codes.FailedPrecondition, intakev1.ErrorReason_MERGE_CYCLE)
		open := 0
		for _, name := range []string{a, b} {
			if f.get(name).GetState() == intakev1.Complaint_RECEIVED {
				open++
			}
		}
		require.Equal(t, 1, open)
	}
}

// In whatever order complaints are merged, each ends in one that is open, and no entry and no message is lost.
func TestMergeOrders(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REC-6")
	f := newFixture(t)
	rapid.Check(t, func(rt *rapid.T) {
		const count = 5
		var names []string
		for i := range count {
			c := f.complain(fmt.Sprintf("139%08d", rapid.IntRange(0, 1).Draw(rt, "customer")), parcel)
			names = append(names, c.GetName())
			f.item(c.GetName(), fmt.Sprintf("item %d", i))
			_, err := say(t, f.agent, c.GetName(), intakev1.Message_CUSTOMER, fmt.Sprintf("message %d", i))
			require.NoError(rt, err)
		}
		parent := map[string]string{}
		root := func(name string) string {
			for parent[name] != "" {
				name = parent[name]
			}
			return name
		}
		for range rapid.IntRange(1, 8).Draw(rt, "mergers") {
			from, into := rapid.SampledFrom(names).Draw(rt, "from"), rapid.SampledFrom(names).Draw(rt, "into")
			_, err := f.boss.MergeComplaint(t.Context(), &intakev1.MergeComplaintRequest{Name: from, Into: into, Reason: "x"})
			if possible := from != into && parent[from] == "" && parent[into] == ""; !possible {
				require.Error(rt, err)
				continue
			}
			require.NoError(rt, err)
			parent[from] = into
		}
		items, messages, open := 0, 0, int32(0)
		for _, name := range names {
			if root(name) != name {
				require.Equal(rt, parent[name], f.get(name).GetMergedInto())
				continue
			}
			family := 0
			for _, other := range names {
				if root(other) == name {
					family++
				}
			}
			require.Len(rt, f.record(name).GetItems(), family)
			list, err := f.agent.ListMessages(t.Context(), &intakev1.ListMessagesRequest{Parent: name})
			require.NoError(rt, err)
			require.Len(rt, list.GetMessages(), family)
			items, messages = items+family, messages+len(list.GetMessages())
			open += f.get(name).GetOpenItemCount()
		}
		require.Equal(rt, count, items)
		require.Equal(rt, count, messages)
		require.Equal(rt, int32(count), open)
	})
}

// What is put on the record of a complaint that went on in another one belongs there: the answer says where.
func TestRecordOfAMergedComplaint(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REC-6")
	f := newFixture(t)
	from, into := f.complain(phone, parcel), f.complain(phone, parcel)
	_, err := f.merge(from.GetName(), into.GetName())
	require.NoError(t, err)
	_, err = f.records.CreateNote(t.Context(), &intakev1.CreateNoteRequest{Parent: from.GetName(), Note: &intakev1.Note{Text: "x"}})
	refused(t, err, codes.FailedPrecondition, intakev1.ErrorReason_MERGED_ALREADY)
	rpctest.RequireMetadata(t, err, "survivor", into.GetName())
}

// A correction of what kind a message is counts the requests for progress of all that go on in one complaint, wherever they were
// said, since the last answer to each.
func TestReclassifyAfterAMerger(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "RISK-3", "REC-5", "REC-6")
	f := newFixture(t)
	a, b, c := f.complain(phone, parcel).GetName(), f.complain(phone, parcel).GetName(), f.complain(phone, parcel).GetName()
	answer := func(name string) {
		_, err := say(t, f.agent, name, intakev1.Message_AGENT, "明天送到。")
		require.NoError(t, err)
		f.pass(time.Second)
	}
	correct := func(m *intakev1.Message, kind policyv1.MessageKind) int32 {
		m, err := f.records.ReclassifyMessage(t.Context(), &intakev1.ReclassifyMessageRequest{Name: m.GetName(), Kind: kind})
		require.NoError(t, err)
		require.Equal(t, kind, m.GetKind())
		require.NotEmpty(t, m.GetText())
		return f.get(c).GetChaseCount()
	}
	merge := func(from, into string) {
		_, err := f.merge(from, into)
		require.NoError(t, err)
		f.pass(time.Second)
	}
	answered := f.say(a, chase)
	answer(a)
	first, second := f.say(a, chase), f.say(b, chase)
	answer(c) // It answers neither: nobody was told of them yet.
	merge(a, b)
	merge(b, c)
	require.Equal(t, int32(2), f.get(c).GetChaseCount())
	last := f.say(c, "谢谢")
	require.Equal(t, int32(3), correct(last, policyv1.MessageKind_PROGRESS_CHASE), "with those that it took over")
	require.Equal(t, int32(3), correct(answered, policyv1.MessageKind_NEW_INFORMATION), "that one was answered already")
	require.Equal(t, int32(2), correct(first, policyv1.MessageKind_NEW_INFORMATION), "also of a complaint that was merged")
	require.Equal(t, int32(1), f.get(a).GetChaseCount(), "which itself does not change any more")
	require.NotEmpty(t, f.told(c, "message_reclassified"))
	require.Empty(t, f.told(a, "message_reclassified"))
	require.Equal(t, int32(3), correct(first, policyv1.MessageKind_PROGRESS_CHASE))
	fourth := f.say(a, "谢谢")
	require.Contains(t, fourth.GetName(), c)
	require.Equal(t, int32(4), correct(fourth, policyv1.MessageKind_PROGRESS_CHASE))
	require.NotNil(t, f.signal(c, policyv1.SignalKind_CHASED_TOO_OFTEN), "one too many, taken together")
	answer(c)
	require.Zero(t, f.get(c).GetChaseCount())
	require.Zero(t, correct(second, policyv1.MessageKind_NEW_INFORMATION), "all were answered where they go on")
}

// TestDemandsThatCameAlongCanBeHandedOver: what was demanded in the filing of the other complaint has a name that the contract takes.
func TestDemandsThatCameAlongCanBeHandedOver(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REC-6", "ROUTE-3")
	f := newFixture(t)
	from, err := f.agent.CreateComplaint(t.Context(), &intakev1.CreateComplaintRequest{
		Statement: parcel, Complainant: &intakev1.Complainant{Phone: phone},
		Demands: []*intakev1.Demand{{Text: "送货上门"}, {Text: "道歉"}},
	})
	require.NoError(t, err)
	into := f.complain(phone, parcel+"，请尽快处理")
	_, err = f.merge(from.GetName(), into.GetName())
	require.NoError(t, err)
	var names []string
	for _, demand := range f.record(into.GetName()).GetDemands() {
		names = append(names, demand.GetName())
	}
	require.Len(t, names, 2)
	require.NoError(t, protovalidate.Validate(&routingv1.HandOffComplaintRequest{
		Name: into.GetName(), Department: "departments/quality", Note: "these two", Items: names,
	}))
}
