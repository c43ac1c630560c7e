package intake_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"

	"github.com/redress-dev/redress/gen/covers"
	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/intake"
	"github.com/redress-dev/redress/services/intake/risk"
	"github.com/redress-dev/redress/services/internal/policy"
)

// few is a policy that keeps few signals one by one, and few entries.
func few(t *testing.T) func(*intake.Deps) {
	t.Helper()
	return func(deps *intake.Deps) {
		p, err := policy.Parse([]byte("version: test\nrecord: {max_entries: 20, flag_life: 24h, max_signals: 3}\n"), "test.yaml")
		require.NoError(t, err)
		deps.Policy = p
	}
}

// signals are those on record of a kind.
func (f *fixture) signals(complaint string, kind policyv1.SignalKind) (found []*intakev1.Signal) {
	f.t.Helper()
	for _, signal := range f.record(complaint).GetSignals() {
		if signal.GetKind() == kind {
			found = append(found, signal)
		}
	}
	return found
}

// A flood of threats is counted and neither refuses what an agent flags nor loses a word of what was said.
func TestFloodOfSignals(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "RISK-1", "RISK-4")
	f := newFixtureWith(t, few(t))
	c := f.complain(phone, parcel)
	const flood = 40
	var last *intakev1.Message
	for range flood {
		last = f.say(c.GetName(), threat)
	}
	threats := f.signals(c.GetName(), policyv1.SignalKind_THREAT)
	require.Len(t, threats, 3)
	require.Zero(t, threats[0].GetFoldedCount())
	require.Equal(t, int32(flood-3), threats[2].GetFoldedCount(), "none is lost")
	require.Equal(t, last.GetName(), threats[2].GetLastSource())
	require.NotEqual(t, last.GetName(), threats[2].GetSource(), "the evidence is the first one's")
	require.Greater(t, threats[2].GetUpdateTime().AsTime(), threats[2].GetCreateTime().AsTime())

	raised := f.told(c.GetName(), "signals_raised")
	require.Len(t, raised, flood)
	for i, payload := range raised {
		signal := payload.GetSignalsRaised().GetSignals()[0]
		require.True(t, payload.GetSignalsRaised().GetEscalate())
		require.Equal(t, i >= 3, signal.GetFolded())
		require.Equal(t, threats[min(i, 2)].GetName(), signal.GetSignal())
		words, err := f.key(c.GetCustomer()).Open(signal.GetQuote().GetCiphertext(), signal.GetSignal()+"#quote")
		require.NoError(t, err)
		require.Contains(t, threat, string(words), "each has its own words in the log")
	}

	// What people flag is kept one by one, up to the limit of entries, whatever was found in words.
	flag := func() error {
		_, err := f.records.CreateSignal(t.Context(), &intakev1.CreateSignalRequest{Parent: c.GetName(), Signal: &intakev1.Signal{Quote: "She hung up."}})
		return err
	}
	for range 20 {
		require.NoError(t, flag())
	}
	refused(t, flag(), codes.FailedPrecondition, intakev1.ErrorReason_RECORD_FULL)
	require.Len(t, f.signals(c.GetName(), policyv1.SignalKind_AGENT_FLAG), 20)

	// Nor is what the record shows by itself: another kind has room of its own.
	for range 4 {
		f.say(c.GetName(), chase)
	}
	require.Len(t, f.signals(c.GetName(), policyv1.SignalKind_CHASED_TOO_OFTEN), 1)
	worker := f.recordsAs("services/worker", authv1.Role_SERVICE)
	for i := range 5 {
		_, err := worker.RaiseRisk(t.Context(), longPast(c.GetName(), fmt.Sprintf("1-%d", i), policyv1.DutyKind_CALLBACK))
		require.NoError(t, err)
	}
	require.Len(t, f.signals(c.GetName(), policyv1.SignalKind_TARGET_LONG_PAST), 5, "one for each duty")
	auditor, err := f.recordsAs("agents/ada", authv1.Role_AUDITOR).GetRecord(t.Context(), &intakev1.GetRecordRequest{Name: c.GetName() + "/record"})
	require.NoError(t, err)
	require.Equal(t, last.GetName(), auditor.GetSignals()[2].GetLastSource(), "a name is no words")
}

// A flood within one text is counted in the same way, and another target is another threat.
func TestFloodOfSignalsInOneText(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "RISK-1")
	f := newFixtureWith(t, few(t))
	c := f.complain(phone, strings.Repeat(threat+"\n", 12))
	threats := f.signals(c.GetName(), policyv1.SignalKind_THREAT)
	require.Len(t, threats, 3)
	require.Equal(t, int32(9), threats[2].GetFoldedCount())
	f.say(c.GetName(), "再不退款我就去法院起诉你们！")
	threats = f.signals(c.GetName(), policyv1.SignalKind_THREAT)
	require.Len(t, threats, 4)
	require.Equal(t, policyv1.SignalTarget_LAWSUIT, threats[3].GetTarget())
}

// weigher finds a threat in each text that is a number, which is its weight.
type weigher struct{}

func (weigher) Analyse(text string) risk.Reading {
	weight, err := strconv.Atoi(text)
	if err != nil {
		return risk.Reading{}
	}
	return risk.Reading{Signals: []risk.Signal{{Kind: policyv1.SignalKind_THREAT, Weight: int32(weight), Quote: text, End: len(text), Rule: "x"}}}
}

// The heaviest of those that one signal stands for is its evidence: what a complaint weighs is never less than what was found.
func TestFoldedSignalIsAsHeavyAsItsHeaviest(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "RISK-2", "RISK-5")
	f := newFixtureWith(t, func(deps *intake.Deps) {
		few(t)(deps)
		deps.Analyser = weigher{}
	})
	c := f.complain(phone, parcel)
	const light, heavy = "50", "90"
	for range 3 {
		f.say(c.GetName(), light)
	}
	said := f.say(c.GetName(), heavy)
	f.say(c.GetName(), light)
	threats := f.signals(c.GetName(), policyv1.SignalKind_THREAT)
	require.Len(t, threats, 3)
	require.Equal(t, int32(90), threats[2].GetWeight())
	require.Equal(t, said.GetName(), threats[2].GetSource())
	require.Equal(t, heavy, threats[2].GetQuote())
	require.Equal(t, int32(2), threats[2].GetFoldedCount())
}

// A flood that was spread over many complaints is counted in the one that they go on in, customer by customer.
func TestFloodOfSignalsSpreadOverMergedComplaints(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "RISK-1", "REC-6")
	f := newFixtureWith(t, few(t))
	into := f.complain(phone, parcel)
	var last *intakev1.Message
	for range 3 {
		from := f.complain(phone, parcel)
		for range 5 { // The last of three stands for two more.
			last = f.say(from.GetName(), threat)
		}
		_, err := f.records.CreateSignal(t.Context(), &intakev1.CreateSignalRequest{
			Parent: from.GetName(), Signal: &intakev1.Signal{Quote: "She hung up."},
		})
		require.NoError(t, err)
		_, err = f.merge(from.GetName(), into.GetName())
		require.NoError(t, err)
		f.pass(time.Second)
		require.Len(t, f.signals(from.GetName(), policyv1.SignalKind_THREAT), 3, "they are where they were")
	}
	threats := f.signals(into.GetName(), policyv1.SignalKind_THREAT)
	require.Len(t, threats, 3)
	require.Equal(t, int32(3*5-3), threats[0].GetFoldedCount()+threats[1].GetFoldedCount()+threats[2].GetFoldedCount(), "none is lost")
	require.Equal(t, last.GetName(), threats[2].GetLastSource())
	require.Len(t, f.signals(into.GetName(), policyv1.SignalKind_AGENT_FLAG), 3, "what people flag is never folded")
	names := map[string]bool{}
	for _, signal := range f.record(into.GetName()).GetSignals() {
		names[signal.GetName()] = true
	}
	for _, link := range f.record(into.GetName()).GetLinks() {
		for _, carried := range link.GetCarried() {
			require.True(t, !strings.Contains(carried, "/signals/") || names[carried], "what is told to have come along is there")
		}
	}

	// Of an older complaint that is merged later nothing was said last.
	early := f.complain(phone, parcel)
	f.say(early.GetName(), threat)
	late := f.say(into.GetName(), threat)
	_, err := f.merge(early.GetName(), into.GetName())
	require.NoError(t, err)
	threats = f.signals(into.GetName(), policyv1.SignalKind_THREAT)
	require.Len(t, threats, 3)
	require.Equal(t, late.GetName(), threats[2].GetLastSource())

	// Another customer's are counted for themselves: they are gone with that customer.
	other := f.complain("13900000002", parcel)
	for range 5 {
		f.say(other.GetName(), threat)
	}
	f.mergeByBoss(other.GetName(), into.GetName())
	threats = f.signals(into.GetName(), policyv1.SignalKind_THREAT)
	require.Len(t, threats, 6)
}
