package intake_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/genproto/googleapis/type/money"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/redress-dev/redress/gen/covers"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	"github.com/redress-dev/redress/services/internal/sqldb"
)

// mergeByBoss merges complaints of two customers.
func (f *fixture) mergeByBoss(from, into string) {
	f.t.Helper()
	_, err := f.boss.MergeComplaint(f.t.Context(), &intakev1.MergeComplaintRequest{Name: from, Into: into, Reason: "a couple"})
	require.NoError(f.t, err)
	f.pass(time.Second)
}

// marked is a complaint of a customer all of whose words have a mark.
func (f *fixture) marked(phone, mark string) *intakev1.Complaint {
	f.t.Helper()
	c, err := f.agent.CreateComplaint(f.t.Context(), &intakev1.CreateComplaintRequest{
		Statement: mark + " parcel. " + mark + "，" + threat, Complainant: &intakev1.Complainant{Phone: phone, DisplayName: mark},
		Items:   []string{mark + " item"},
		Demands: []*intakev1.Demand{{Text: mark + " demand", Amount: &money.Money{CurrencyCode: "CNY", Units: 100}}},
	})
	require.NoError(f.t, err)
	f.noted(c.GetName(), mark)
	f.say(c.GetName(), mark+"，"+threat)
	return c
}

// noted puts on record what can be.
func (f *fixture) noted(parent, mark string) {
	f.t.Helper()
	ctx, failures := f.t.Context(), make([]error, 8)
	_, failures[0] = f.records.CreateNote(ctx, &intakev1.CreateNoteRequest{Parent: parent, Note: &intakev1.Note{Text: mark + " note"}})
	_, failures[1] = f.records.CreateFlag(ctx, &intakev1.CreateFlagRequest{
		Parent: parent, Flag: &intakev1.Flag{Kind: intakev1.Flag_Kind(1), Necessity: mark + " flag"},
	})
	_, failures[2] = f.records.CreateFact(ctx, &intakev1.CreateFactRequest{
		Parent: parent, Fact: &intakev1.StatedFact{Kind: intakev1.StatedFact_FEE, Text: mark + " fact", Subject: mark, Value: mark, Speaker: "agents/lin"},
	})
	_, failures[3] = f.records.CreateAllegedPromise(ctx, &intakev1.CreateAllegedPromiseRequest{
		Parent: parent, AllegedPromise: &intakev1.AllegedPromise{Text: mark + " promise"},
	})
	_, failures[4] = f.records.CreateDemand(ctx, &intakev1.CreateDemandRequest{
		Parent: parent, Demand: &intakev1.DemandEntry{Demand: &intakev1.Demand{Text: mark + " rise", Amount: &money.Money{CurrencyCode: "CNY", Units: 500}}},
	})
	_, failures[5] = f.records.UpdateUnderstanding(ctx, &intakev1.UpdateUnderstandingRequest{
		Parent: parent, Understanding: &intakev1.Understanding{RealNeed: mark + " need", Feeling: mark + " feeling"},
	})
	_, failures[6] = f.records.CreateRepresentative(ctx, &intakev1.CreateRepresentativeRequest{
		Parent: parent, Representative: &intakev1.Representative{DisplayName: mark + " son", Basis: intakev1.Representative_Basis(1), Evidence: mark + " paper"},
	})
	_, failures[7] = f.records.CreateSignal(ctx, &intakev1.CreateSignalRequest{Parent: parent, Signal: &intakev1.Signal{Quote: mark + " flag"}})
	for _, err := range failures {
		require.NoError(f.t, err)
	}
}

// say records a message of the customer.
func (f *fixture) say(complaint, text string) *intakev1.Message {
	f.t.Helper()
	message, err := say(f.t, f.agent, complaint, intakev1.Message_CUSTOMER, text)
	require.NoError(f.t, err)
	f.pass(time.Second)
	return message
}

// shown is all that can be read of a complaint.
func (f *fixture) shown(name string) string {
	f.t.Helper()
	messages, err := f.agent.ListMessages(f.t.Context(), &intakev1.ListMessagesRequest{Parent: name})
	require.NoError(f.t, err)
	out := ""
	for _, doc := range []proto.Message{f.get(name), f.record(name), messages} {
		text, err := protojson.Marshal(doc)
		require.NoError(f.t, err)
		out += string(text)
	}
	return out
}

// sealers are whose keys sealed the texts of a complaint's log.
func (f *fixture) sealers(complaint string) map[string]int {
	f.t.Helper()
	found := map[string]int{}
	var look func(m protoreflect.Message)
	look = func(m protoreflect.Message) {
		if sealed, ok := m.Interface().(*eventv1.Sealed); ok {
			found[sealed.GetCustomer()]++
		}
		m.Range(func(field protoreflect.FieldDescriptor, value protoreflect.Value) bool {
			switch {
			case field.Message() == nil || field.IsMap():
			case field.IsList():
				for i := range value.List().Len() {
					look(value.List().Get(i).Message())
				}
			default:
				look(value.Message())
			}
			return true
		})
	}
	for _, payload := range f.payloads(complaint) {
		look(payload.ProtoReflect())
	}
	return found
}

// The words of a customer whose complaint was merged into another customer's are gone with that customer's key, wherever they
// were carried to, and nobody else's are.
func TestWordsOfAMergedComplaintEndWithTheirCustomer(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REC-6", "API-4")
	for name, test := range map[string]struct{ erased, stays int }{"of the merged one": {0, 1}, "of the survivor": {1, 0}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			marks := []string{"alpha", "bravo"}
			a, b := f.marked("13900000001", "alpha"), f.marked("13900000002", "bravo")
			f.mergeByBoss(a.GetName(), b.GetName())
			f.say(a.GetName(), "alpha，"+threat) // It is said on the one that was merged, and goes on in the other one.
			f.say(b.GetName(), "bravo，"+threat)
			f.indexed(a.GetName(), b.GetName())
			before := f.shown(b.GetName())
			require.Contains(t, before, "alpha")
			require.Contains(t, before, "bravo")
			require.NotEmpty(t, f.search("alpha", 10))

			f.erase([]string{a.GetCustomer(), b.GetCustomer()}[test.erased])
			require.NoError(t, f.indexer.Tidy(t.Context()))
			after := f.shown(b.GetName()) + f.shown(a.GetName())
			require.NotContains(t, after, marks[test.erased])
			require.Equal(t, strings.Count(before, marks[test.stays]), strings.Count(f.shown(b.GetName()), marks[test.stays]),
				"the other customer's words are all there")
			for _, kind := range []string{"item", "demand", "note", "flag", "fact", "promise", "rise"} {
				require.Contains(t, after, marks[test.stays]+" "+kind)
			}
			require.Empty(t, f.search(marks[test.erased], 10))
			require.Equal(t, []int{3, 0}[test.erased], f.rows("index_texts WHERE complaint = '"+id(b.GetName())+"'"), "statement and two messages")
		})
	}
}

// What the log tells of the survivor is sealed with the key of the customer whose words it is.
func TestLogOfASurvivorSealsWordsWithTheirCustomersKey(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "API-4")
	f := newFixture(t)
	a, b := f.complain("13900000001", parcel), f.complain("13900000002", parcel)
	_, err := f.records.CreateAllegedPromise(t.Context(), &intakev1.CreateAllegedPromiseRequest{
		Parent: a.GetName(), AllegedPromise: &intakev1.AllegedPromise{Text: "a voucher"},
	})
	require.NoError(t, err)
	f.mergeByBoss(a.GetName(), b.GetName())
	require.Zero(t, f.sealers(b.GetName())[a.GetCustomer()])
	f.say(a.GetName(), threat)
	require.Equal(t, 2, f.sealers(b.GetName())[a.GetCustomer()], "the message and the signal in it")
	own := f.sealers(b.GetName())[b.GetCustomer()]
	promise := f.record(b.GetName()).GetAllegedPromises()[0]
	_, err = f.records.UpdateAllegedPromise(t.Context(), &intakev1.UpdateAllegedPromiseRequest{AllegedPromise: &intakev1.AllegedPromise{
		Name: promise.GetName(), State: intakev1.AllegedPromise_REFUTED, Evidence: "the tape",
	}})
	require.NoError(t, err)
	require.Equal(t, 3, f.sealers(b.GetName())[a.GetCustomer()], "what is added to the promise is about the same customer")
	require.Equal(t, own, f.sealers(b.GetName())[b.GetCustomer()])
	f.erase(a.GetCustomer())
	_, err = say(t, f.agent, a.GetName(), intakev1.Message_CUSTOMER, "hello")
	refused(t, err, codes.NotFound, intakev1.ErrorReason_DATA_KEY_NOT_FOUND)
}

// What is left of the record of an erased customer can be worked on: an item still counts as open until it is dealt with.
func TestItemOfAnErasedCustomer(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REC-3", "REC-6")
	f := newFixture(t)
	a, b := f.complain("13900000001", parcel), f.complain("13900000002", parcel)
	f.item(a.GetName(), "alpha")
	f.mergeByBoss(a.GetName(), b.GetName())
	c := f.complain("13900000003", parcel)
	f.erase(a.GetCustomer())
	f.mergeByBoss(b.GetName(), c.GetName())
	require.Equal(t, int32(1), f.get(c.GetName()).GetOpenItemCount())
	item := f.record(c.GetName()).GetItems()[0]
	require.Equal(t, intakev1.Item_OPEN, item.GetState())
	require.Empty(t, item.GetText())
	done, err := f.records.UpdateItem(t.Context(), &intakev1.UpdateItemRequest{
		Item: &intakev1.Item{Name: item.GetName(), State: intakev1.Item_DROPPED, Outcome: "erased"},
	})
	require.NoError(t, err)
	require.Equal(t, "erased", done.GetOutcome())
	require.Equal(t, "erased", f.record(c.GetName()).GetItems()[0].GetOutcome(), "what is added now is the survivor's")
	require.Zero(t, f.get(c.GetName()).GetOpenItemCount())
}

// When the survivor's own customer is erased, what came along with the other one's complaint can still be worked on.
func TestItemOnAnErasedSurvivor(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REC-3", "REC-6")
	f := newFixture(t)
	a, b := f.marked("13900000001", "alpha"), f.complain("13900000002", parcel)
	f.item(b.GetName(), "bravo")
	f.mergeByBoss(a.GetName(), b.GetName())
	own := f.record(b.GetName()).GetItems()
	f.erase(b.GetCustomer())
	done := 0
	for _, item := range own {
		before := f.record(b.GetName())
		changed, err := f.records.UpdateItem(t.Context(), &intakev1.UpdateItemRequest{
			Item: &intakev1.Item{Name: item.GetName(), State: intakev1.Item_DONE, Outcome: "done"},
		})
		if item.GetText() == "bravo" {
			refused(t, err, codes.NotFound, intakev1.ErrorReason_DATA_KEY_NOT_FOUND)
			require.True(t, proto.Equal(before, f.record(b.GetName())), "what is refused changes nothing")
			continue
		}
		require.NoError(t, err)
		require.Equal(t, "alpha item", changed.GetText())
		require.Equal(t, "done", changed.GetOutcome())
		done++
	}
	require.Equal(t, 1, done)
	require.Equal(t, int32(1), f.get(b.GetName()).GetOpenItemCount())
	promise := f.record(b.GetName()).GetAllegedPromises()[0]
	_, err := f.records.UpdateAllegedPromise(t.Context(), &intakev1.UpdateAllegedPromiseRequest{AllegedPromise: &intakev1.AllegedPromise{
		Name: promise.GetName(), State: intakev1.AllegedPromise_REFUTED, Evidence: "the tape",
	}})
	require.NoError(t, err)
	require.Equal(t, "the tape", f.record(b.GetName()).GetAllegedPromises()[0].GetEvidence())
	_, err = f.records.CreateNote(t.Context(), &intakev1.CreateNoteRequest{Parent: b.GetName(), Note: &intakev1.Note{Text: "x"}})
	refused(t, err, codes.NotFound, intakev1.ErrorReason_DATA_KEY_NOT_FOUND)

	// With both erased no key is left for it.
	f.erase(a.GetCustomer())
	_, err = f.records.UpdateItem(t.Context(), &intakev1.UpdateItemRequest{
		Item: &intakev1.Item{Name: own[0].GetName(), State: intakev1.Item_DROPPED, Outcome: "erased"},
	})
	refused(t, err, codes.NotFound, intakev1.ErrorReason_DATA_KEY_NOT_FOUND)
}

// What was put on record before states were kept beside the words gets them when it is carried over, so that an item still counts
// as open when its words are gone.
func TestItemOfBeforeStatesWereKept(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REC-3", "REC-6")
	f := newFixture(t)
	a, b := f.marked("13900000001", "alpha"), f.complain("13900000002", parcel)
	require.NoError(t, f.db.Write(t.Context(), func(ctx context.Context, tx *sqldb.Tx) error {
		_, err := tx.Exec(ctx, "UPDATE entries SET code = 0")
		return err
	}))
	f.mergeByBoss(a.GetName(), b.GetName())
	before := f.record(b.GetName())
	f.erase(a.GetCustomer())
	after := f.record(b.GetName())
	require.Equal(t, intakev1.Item_OPEN, after.GetItems()[0].GetState())
	require.Equal(t, before.GetAllegedPromises()[0].GetState(), after.GetAllegedPromises()[0].GetState())
	for i, signal := range before.GetSignals() {
		require.Equal(t, signal.GetKind(), after.GetSignals()[i].GetKind())
	}
	_, err := f.records.UpdateItem(t.Context(), &intakev1.UpdateItemRequest{
		Item: &intakev1.Item{Name: after.GetItems()[0].GetName(), State: intakev1.Item_DROPPED, Outcome: "erased"},
	})
	require.NoError(t, err)
	require.Zero(t, f.get(b.GetName()).GetOpenItemCount())
}

// Of another customer's complaint only the matter is carried over: who that customer is, who acts for them and what they confirmed
// is theirs.
func TestWhatStaysWithACustomer(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REC-7", "REC-6")
	f := newFixture(t)
	a, b, c := f.marked("13900000001", "alpha"), f.complain("13900000002", parcel), f.complain("13900000001", parcel)
	f.mergeByBoss(a.GetName(), b.GetName())
	record := f.record(b.GetName())
	require.Empty(t, record.GetRepresentatives())
	require.Empty(t, record.GetUnderstanding().GetRealNeed())
	require.Len(t, record.GetNotes(), 1)
	require.Len(t, f.record(a.GetName()).GetRepresentatives(), 1, "they are where they were")

	// Back with its own customer nothing is another one's any more.
	f.mergeByBoss(b.GetName(), c.GetName())
	require.Zero(t, f.rows("entries WHERE complaint = '"+id(c.GetName())+"' AND customer = '"+a.GetCustomer()+"'"))
	require.Contains(t, f.shown(c.GetName()), "alpha note")
}
