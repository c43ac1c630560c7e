package intake_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/gen/covers"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
)

// fee records what somebody said of one.
func (f *fixture) fee(complaint, subject, value string) *intakev1.StatedFact {
	f.t.Helper()
	fact, err := f.records.CreateFact(f.t.Context(), &intakev1.CreateFactRequest{Parent: complaint, Fact: &intakev1.StatedFact{
		Kind: intakev1.StatedFact_FEE, Text: subject + "是" + value, Subject: subject, Value: value, Speaker: "门店",
	}})
	require.NoError(f.t, err)
	f.pass(time.Second)
	return fact
}

// contradictions are what the facts on record contradict, by what they say.
func (f *fixture) contradictions(complaint string) map[string][]string {
	f.t.Helper()
	facts, said, out := f.record(complaint).GetFacts(), map[string]string{}, map[string][]string{}
	for _, fact := range facts {
		said[fact.GetName()] = fact.GetValue()
	}
	for _, fact := range facts {
		for _, other := range fact.GetContradicts() {
			require.Contains(f.t, said, other, "it is on record here")
			out[fact.GetValue()] = append(out[fact.GetValue()], said[other])
		}
	}
	return out
}

// What the customer was told of one thing on two complaints is compared when they become one, both ways (REC-9).
func TestMergingComparesFacts(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REC-9", "REC-6")
	f := newFixture(t)
	from, into, last := f.complain(phone, parcel).GetName(), f.complain(phone, parcel).GetName(), f.complain(phone, parcel).GetName()
	f.fee(from, "违约金", "1 CNY")
	f.fee(from, "违约金", "3 CNY")
	f.fee(from, "月租", "9 CNY")
	f.fee(into, "違約金", "2 CNY")
	f.fee(into, "月租", "9CNY")
	f.fee(last, "违约金", "1 CNY")
	before := len(f.told(into, "record_changed"))
	_, err := f.merge(from, into)
	require.NoError(t, err)
	all := map[string][]string{"1 CNY": {"3 CNY", "2 CNY"}, "3 CNY": {"1 CNY", "2 CNY"}, "2 CNY": {"1 CNY", "3 CNY"}}
	require.Equal(t, all, f.contradictions(into))
	changed := f.told(into, "record_changed")[before:]
	require.Len(t, changed, 2, "each that came along is told")
	for _, payload := range changed {
		require.Equal(t, "CONTRADICTED", payload.GetRecordChanged().GetState())
		require.Equal(t, "fact", payload.GetRecordChanged().GetKind())
	}
	require.Equal(t, map[string][]string{"1 CNY": {"3 CNY"}, "3 CNY": {"1 CNY"}}, f.contradictions(from), "what was merged stays as it was")

	// And on: what says the same as the last one's contradicts the others there too.
	_, err = f.merge(into, last)
	require.NoError(t, err)
	facts := f.record(last).GetFacts()
	require.Len(t, facts, 6)
	for _, fact := range facts {
		want := map[string]int{"1 CNY": 2, "2 CNY": 3, "3 CNY": 3}[fact.GetValue()]
		require.Len(t, fact.GetContradicts(), want, fact.GetValue())
		for _, other := range fact.GetContradicts() {
			require.Contains(t, other, last+"/facts/")
		}
	}
}

// Of two customers who complained of one matter, the words of each stay with their key, and what is gone contradicts nothing.
func TestMergingComparesFactsOfTwoCustomers(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REC-9", "REC-6")
	f := newFixture(t)
	from, into, third := f.complain(phone, parcel), f.complain("139 5678 1234", parcel), f.complain("139 5678 1234", parcel)
	f.fee(from.GetName(), "违约金", "1 CNY")
	f.fee(into.GetName(), "违约金", "2 CNY")
	f.mergeByBoss(from.GetName(), into.GetName())
	require.Equal(t, map[string][]string{"1 CNY": {"2 CNY"}, "2 CNY": {"1 CNY"}}, f.contradictions(into.GetName()))
	f.erase(from.GetCustomer())
	f.fee(third.GetName(), "违约金", "2 CNY")
	_, err := f.merge(into.GetName(), third.GetName())
	require.NoError(t, err)
	require.Len(t, f.record(third.GetName()).GetFacts(), 3)
}

// A subject is the same in other characters, with other marks; one that has another in it is another one.
func TestSubjectsAreComparedByTheirLetters(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REC-9")
	for other, contradicts := range map[string]bool{
		"Cancellation-fee": true, "「cancellation　fee」": true, "CANCELLATION FEE.": true, "fee": false, "late cancellation fee": false,
	} {
		f := newFixture(t)
		c := f.complain(phone, parcel).GetName()
		f.fee(c, "cancellation fee", "1.5 CNY")
		require.Equal(t, contradicts, len(f.fee(c, other, "15 CNY").GetContradicts()) > 0, other)
	}
}
