package intake_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/genproto/googleapis/type/money"
	"google.golang.org/grpc/codes"

	"github.com/redress-dev/redress/gen/covers"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/internal/rpc/rpctest"
)

// threat is a text with one threat to turn to a regulator.
const threat = "你们再不解决，我就打12315投诉！"

// chase is a text that only asks how far it is.
const chase = "请问我的投诉处理得怎么样了？有进展吗？"

// TestThreatAtFiling: what is said when filing sets the severity and so the clocks, with the words as evidence.
func TestThreatAtFiling(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "RISK-1", "RISK-5")
	f := newFixture(t)
	calm, req := f.file(), request()
	req.Statement = "东西坏了。" + threat
	c, err := f.agent.CreateComplaint(t.Context(), req)
	require.NoError(t, err)
	require.Equal(t, policyv1.Severity_NORMAL, calm.GetSeverity())
	require.Greater(t, c.GetSeverity(), policyv1.Severity_NORMAL)
	require.Equal(t, calm.GetTargets().GetCallback().AsTime(), c.GetTargets().GetCallback().AsTime(), "24 h for all (ACK-2)")

	signal := f.signal(c.GetName(), policyv1.SignalKind_THREAT)
	require.Equal(t, policyv1.SignalTarget_REGULATOR, signal.GetTarget())
	require.Equal(t, c.GetName(), signal.GetSource())
	runes := []rune(req.GetStatement())
	require.Equal(t, string(runes[signal.GetStart():signal.GetEnd()]), signal.GetQuote(), "the quotation is exact")
	require.Contains(t, signal.GetQuote(), "12315")
	require.NotEmpty(t, signal.GetRuleId())

	payloads := f.payloads(c.GetName())
	require.Equal(t, c.GetSeverity(), payloads[0].GetComplaintReceived().GetSeverity())
	raised := payloads[1].GetSignalsRaised()
	for _, signal := range raised.GetSignals() {
		require.Contains(t, payloads[0].GetComplaintReceived().GetSignals(), signal.GetKind(), "routing's rules go by them at once")
	}
	require.True(t, raised.GetEscalate())
	require.Equal(t, policyv1.SignalKind_THREAT, raised.GetEscalatedKind())
	require.Len(t, payloads, 2, "filed so, not changed")
	quote, err := f.key(c.GetCustomer()).Open(raised.GetSignals()[0].GetQuote().GetCiphertext(), raised.GetSignals()[0].GetSignal()+"#quote")
	require.NoError(t, err)
	require.Equal(t, f.record(c.GetName()).GetSignals()[0].GetQuote(), string(quote))
}

// signal is the one of its kind on record.
func (f *fixture) signal(complaint string, kind policyv1.SignalKind) *intakev1.Signal {
	f.t.Helper()
	for _, signal := range f.record(complaint).GetSignals() {
		if signal.GetKind() == kind {
			return signal
		}
	}
	require.Fail(f.t, "no signal "+kind.String())
	return nil
}

// changes are the changes of the complaint's severity, in order.
func (f *fixture) changes(complaint string) []*eventv1.SeverityChanged {
	f.t.Helper()
	var changes []*eventv1.SeverityChanged
	for _, payload := range f.payloads(complaint) {
		if change := payload.GetSeverityChanged(); change != nil {
			changes = append(changes, change)
		}
	}
	return changes
}

// TestSeverityRisesWithEvidence: a message raises it; only a person lowers it, and then the next signal may raise it again.
func TestSeverityRisesWithEvidence(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "RISK-5")
	f := newFixture(t)
	c := f.in(intakev1.Complaint_ACTIVE)
	f.pass(time.Hour)
	m, err := say(t, f.public, c.GetName(), intakev1.Message_CUSTOMER, threat)
	require.NoError(t, err)
	require.Equal(t, policyv1.MessageKind_THREATENS, m.GetKind())
	raised := f.get(c.GetName())
	require.Equal(t, policyv1.Severity_HIGH, raised.GetSeverity())
	require.Equal(t, m.GetName(), f.signal(c.GetName(), policyv1.SignalKind_THREAT).GetSource())
	change := f.changes(c.GetName())[0]
	require.Equal(t, policyv1.Severity_NORMAL, change.GetPrevious())
	require.False(t, change.GetByPerson())
	require.Equal(t, f.signal(c.GetName(), policyv1.SignalKind_THREAT).GetName(), change.GetSignals()[0])
	requireSame(t, c.GetTargets().GetResolution(), change.GetTargets().GetResolution())
	require.Equal(t, []string{"message_recorded", "signals_raised", "severity_changed"}, f.types(c.GetName())[2:])

	_, err = f.records.SetSeverity(t.Context(), &intakev1.SetSeverityRequest{Name: c.GetName(), Severity: policyv1.Severity_LOW})
	rpctest.RequireField(t, err, "reason")
	lowered, err := f.records.SetSeverity(t.Context(), &intakev1.SetSeverityRequest{
		Name: c.GetName(), Severity: policyv1.Severity_LOW, Reason: "客户说是气话",
	})
	require.NoError(t, err)
	require.Equal(t, policyv1.Severity_LOW, lowered.GetSeverity())
	require.True(t, f.changes(c.GetName())[1].GetByPerson())
	_, err = say(t, f.public, c.GetName(), intakev1.Message_CUSTOMER, "好的，谢谢你们。")
	require.NoError(t, err)
	require.Equal(t, policyv1.Severity_LOW, f.get(c.GetName()).GetSeverity(), "old signals do not undo what a person decided")
	_, err = say(t, f.public, c.GetName(), intakev1.Message_CUSTOMER, threat)
	require.NoError(t, err)
	require.Equal(t, policyv1.Severity_HIGH, f.get(c.GetName()).GetSeverity())

	closed := f.in(intakev1.Complaint_CLOSED)
	_, err = say(t, f.public, closed.GetName(), intakev1.Message_CUSTOMER, threat)
	require.NoError(t, err, "words are never lost")
	require.NotEmpty(t, f.signal(closed.GetName(), policyv1.SignalKind_THREAT).GetQuote())
}

// TestWhatWasRaisedAfterTheEndIsLowered: what is said after the end raises the severity, so a person can lower it there too. A merged
// complaint has none of its own any more.
func TestWhatWasRaisedAfterTheEndIsLowered(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "RISK-5")
	f := newFixture(t)
	set := func(name string) (*intakev1.Complaint, error) {
		return f.records.SetSeverity(t.Context(), &intakev1.SetSeverityRequest{Name: name, Severity: policyv1.Severity_LOW, Reason: "客户说是气话"})
	}
	for _, state := range []intakev1.Complaint_State{intakev1.Complaint_RESOLVED, intakev1.Complaint_CLOSED} {
		c := f.in(state)
		f.say(c.GetName(), threat)
		require.Equal(t, policyv1.Severity_HIGH, f.get(c.GetName()).GetSeverity())
		lowered, err := set(c.GetName())
		require.NoError(t, err)
		require.Equal(t, policyv1.Severity_LOW, lowered.GetSeverity())
		require.Equal(t, state, lowered.GetState(), "it stays as it ended")
		changes := f.changes(c.GetName())
		require.True(t, changes[len(changes)-1].GetByPerson())
		reopened, err := f.agent.ReopenComplaint(t.Context(), &intakev1.ReopenComplaintRequest{Name: c.GetName(), Reason: "not solved"})
		require.NoError(t, err)
		require.Equal(t, policyv1.Severity_LOW, reopened.GetSeverity(), "the next cycle begins with it")
	}
	from, into := f.complain(phone, parcel), f.complain(phone, parcel)
	_, err := f.merge(from.GetName(), into.GetName())
	require.NoError(t, err)
	_, err = set(from.GetName())
	refused(t, err, codes.FailedPrecondition, intakev1.ErrorReason_MERGED_ALREADY)
	rpctest.RequireMetadata(t, err, "survivor", into.GetName())
}

// TestWhatIsSaidAfterTheEndIsHeard: the severity rises and the ladder is to be told, and the complaint stays as it ended: words change no
// state (REC-5).
func TestWhatIsSaidAfterTheEndIsHeard(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "RISK-1", "RISK-2", "RISK-3", "RISK-5", "REC-5")
	says := map[policyv1.SignalKind]struct {
		texts    []string
		severity policyv1.Severity
	}{
		policyv1.SignalKind_THREAT:           {[]string{threat}, policyv1.Severity_HIGH},
		policyv1.SignalKind_OFFER_REJECTED:   {[]string{"你们给的优惠券我不要，我不接受这个方案。"}, policyv1.Severity_NORMAL},
		policyv1.SignalKind_CHASED_TOO_OFTEN: {[]string{chase, chase, chase, chase}, policyv1.Severity_HIGH},
	}
	for _, state := range []intakev1.Complaint_State{intakev1.Complaint_RESOLVED, intakev1.Complaint_CLOSED} {
		for kind, said := range says {
			t.Run(state.String()+" "+kind.String(), func(t *testing.T) {
				t.Parallel()
				f := newFixture(t)
				c := f.in(state)
				for _, text := range said.texts {
					_, err := say(t, f.public, c.GetName(), intakev1.Message_CUSTOMER, text)
					require.NoError(t, err)
				}
				after := f.get(c.GetName())
				require.Equal(t, []any{said.severity, state, c.GetCycle()}, []any{after.GetSeverity(), after.GetState(), after.GetCycle()})
				var escalated []policyv1.SignalKind
				for _, payload := range f.payloads(c.GetName()) {
					if raised := payload.GetSignalsRaised(); raised.GetEscalate() {
						escalated = append(escalated, raised.GetEscalatedKind())
					}
				}
				require.Equal(t, []policyv1.SignalKind{kind}, escalated)
				changes := f.changes(c.GetName())
				require.Equal(t, said.severity != c.GetSeverity(), len(changes) == 1)
				require.Equal(t, "complaint_reopened", f.reopened(c.GetName()), "a person decides whether it goes on")
				require.Equal(t, said.severity, f.get(c.GetName()).GetSeverity(), "it goes on with the severity that it has")
			})
		}
	}
}

// reopened opens a complaint again and returns the type of the event that tells it.
func (f *fixture) reopened(name string) string {
	f.t.Helper()
	_, err := f.agent.ReopenComplaint(f.t.Context(), &intakev1.ReopenComplaintRequest{Name: name, Reason: "again"})
	require.NoError(f.t, err)
	types := f.types(name)
	return types[len(types)-1]
}

// TestMentionsCallForNoAttention: what is only named is on nobody's list.
func TestMentionsCallForNoAttention(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "RISK-1", "RISK-5")
	f := newFixture(t)
	c := f.file()
	for _, text := range []string{"12315让我先找你们处理。", "我不想打12315，请你们处理一下。", "利息是123155元。", "谢谢！"} {
		_, err := say(t, f.public, c.GetName(), intakev1.Message_CUSTOMER, text)
		require.NoError(t, err)
		require.Equal(t, policyv1.Severity_NORMAL, f.get(c.GetName()).GetSeverity(), text)
	}
	for _, payload := range f.payloads(c.GetName()) {
		require.False(t, payload.GetSignalsRaised().GetEscalate())
	}
}

// TestTheFourthChase is a signal; a substantive answer begins to count anew, one that only puts off does not (RISK-3).
func TestTheFourthChase(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "RISK-3", "REC-5")
	f := newFixture(t)
	c := f.file()
	ask := func(want int32) *intakev1.Message {
		t.Helper()
		m, err := say(t, f.public, c.GetName(), intakev1.Message_CUSTOMER, chase)
		require.NoError(t, err)
		require.Equal(t, policyv1.MessageKind_PROGRESS_CHASE, m.GetKind())
		require.Equal(t, want, f.get(c.GetName()).GetChaseCount())
		return m
	}
	tooOften := func() (n int) {
		for _, signal := range f.record(c.GetName()).GetSignals() {
			if signal.GetKind() == policyv1.SignalKind_CHASED_TOO_OFTEN {
				n++
			}
		}
		return n
	}
	ask(1)
	_, err := say(t, f.agent, c.GetName(), intakev1.Message_AGENT, "仓库已发货，单号 123。")
	require.NoError(t, err)
	require.Zero(t, f.get(c.GetName()).GetChaseCount(), "answered")
	ask(1)
	ask(2)
	_, err = f.agent.CreateMessage(t.Context(), &intakev1.CreateMessageRequest{Parent: c.GetName(), Message: &intakev1.Message{
		Author: intakev1.Message_AGENT, Text: "正在处理，请耐心等待。", Holding: true,
	}})
	require.NoError(t, err)
	third := ask(3)
	require.Zero(t, tooOften(), "three are allowed")
	ask(4)
	require.Equal(t, 1, tooOften())
	require.Equal(t, policyv1.Severity_HIGH, f.get(c.GetName()).GetSeverity())
	ask(5)
	require.Equal(t, 1, tooOften(), "once")

	// An agent corrects the kind; what was proposed stays, and it counts no more.
	correct := func(name string, kind policyv1.MessageKind) (*intakev1.Message, error) {
		return f.records.ReclassifyMessage(t.Context(), &intakev1.ReclassifyMessageRequest{Name: name, Kind: kind})
	}
	m, err := correct(third.GetName(), policyv1.MessageKind_NEW_INFORMATION)
	require.NoError(t, err)
	require.Equal(t, policyv1.MessageKind_NEW_INFORMATION, m.GetKind())
	require.Equal(t, policyv1.MessageKind_PROGRESS_CHASE, m.GetProposedKind())
	require.Equal(t, "agents/lin", m.GetKindActor())
	require.Equal(t, chase, m.GetText())
	require.EqualValues(t, 4, f.get(c.GetName()).GetChaseCount())
	_, err = correct(third.GetName(), policyv1.MessageKind_PROGRESS_CHASE)
	require.NoError(t, err)
	require.EqualValues(t, 5, f.get(c.GetName()).GetChaseCount())
	_, err = correct(c.GetName()+"/messages/00000000000000000000000000", policyv1.MessageKind_THANKS)
	refused(t, err, codes.NotFound, intakev1.ErrorReason_MESSAGE_NOT_FOUND)
	answer, err := say(t, f.agent, c.GetName(), intakev1.Message_AGENT, "已解决。")
	require.NoError(t, err)
	_, err = correct(answer.GetName(), policyv1.MessageKind_THANKS)
	rpctest.RequireField(t, err, "name")
	_, err = correct(third.GetName(), policyv1.MessageKind_THANKS)
	require.NoError(t, err)
	require.Zero(t, f.get(c.GetName()).GetChaseCount(), "it was before the answer")

	_, err = f.public.CreateMessage(t.Context(), &intakev1.CreateMessageRequest{Parent: c.GetName(), Message: &intakev1.Message{
		Author: intakev1.Message_CUSTOMER, Text: "x", Holding: true,
	}})
	rpctest.RequireField(t, err, "message.holding")
}

// TestAgentsFlag: a dissatisfaction that was not said (RISK-4).
func TestAgentsFlag(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "RISK-4")
	f := newFixture(t)
	c := f.file()
	_, err := f.records.CreateSignal(t.Context(), &intakev1.CreateSignalRequest{Parent: c.GetName(), Signal: &intakev1.Signal{}})
	rpctest.RequireField(t, err, "signal.quote")
	ctx := rpctest.WithKey(t.Context(), "flag-1")
	var flag *intakev1.Signal
	for range 2 {
		flag, err = f.records.CreateSignal(ctx, &intakev1.CreateSignalRequest{Parent: c.GetName(), Signal: &intakev1.Signal{
			Quote: "嘴上说没事，语气很失望",
		}})
		require.NoError(t, err)
	}
	require.Equal(t, policyv1.SignalKind_AGENT_FLAG, flag.GetKind())
	require.Equal(t, "agent", flag.GetRuleId())
	require.Equal(t, "agents/lin", flag.GetActor())
	require.Len(t, f.record(c.GetName()).GetSignals(), 1)
	require.Equal(t, policyv1.Severity_HIGH, f.get(c.GetName()).GetSeverity())
}

// TestDemandLadder: pause, then cancel and 200 back, then 500 in all: the rise is visible and a signal (REC-2, RISK-2).
func TestDemandLadder(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REC-2", "RISK-2")
	f := newFixture(t)
	req := request()
	req.Demands = []*intakev1.Demand{{Kind: intakev1.Demand_CONTRACT_CHANGE, Text: "先停机"}}
	c, err := f.agent.CreateComplaint(t.Context(), req)
	require.NoError(t, err)
	demand := func(basis intakev1.DemandEntry_Basis, yuan int64, text string) *intakev1.DemandEntry {
		t.Helper()
		entry := &intakev1.DemandEntry{Basis: basis, Demand: &intakev1.Demand{Text: text}}
		if yuan > 0 {
			entry.Demand.Kind, entry.Demand.Amount = intakev1.Demand_REFUND, &money.Money{CurrencyCode: "CNY", Units: yuan}
		}
		made, err := f.records.CreateDemand(t.Context(), &intakev1.CreateDemandRequest{Parent: c.GetName(), Demand: entry})
		require.NoError(t, err)
		return made
	}
	require.False(t, demand(intakev1.DemandEntry_ADDITION, 200, "销户并退 200").GetRising(), "the first amount")
	require.True(t, demand(intakev1.DemandEntry_ADDITION, 100, "再赔 100").GetRising())
	require.EqualValues(t, 300, f.get(c.GetName()).GetDemanded().GetUnits())
	require.False(t, demand(0, 250, "那就一共 250").GetRising(), "less in all")
	require.True(t, demand(intakev1.DemandEntry_NEW_TOTAL, 500, "一共 500").GetRising())
	require.False(t, demand(intakev1.DemandEntry_ADDITION, 0, "还要道歉").GetRising())
	require.EqualValues(t, 500, f.get(c.GetName()).GetDemanded().GetUnits())

	record := f.record(c.GetName())
	require.Len(t, record.GetDemands(), 6, "the whole history, the filed ones first")
	require.Equal(t, "先停机", record.GetDemands()[0].GetDemand().GetText())
	require.Equal(t, intakev1.DemandEntry_NEW_TOTAL, record.GetDemands()[3].GetBasis(), "unless told otherwise")
	require.Len(t, record.GetSignals(), 2)
	require.Equal(t, policyv1.SignalKind_DEMAND_RISE, record.GetSignals()[1].GetKind())
	require.Equal(t, "一共 500", record.GetSignals()[1].GetQuote())
	var last *eventv1.DemandMade
	for _, payload := range f.payloads(c.GetName()) {
		if made := payload.GetDemandMade(); made.GetRising() {
			last = made
		}
	}
	require.EqualValues(t, 250, last.GetPreviousTotal().GetUnits())
	require.EqualValues(t, 500, last.GetTotal().GetUnits())

	_, err = f.records.CreateDemand(t.Context(), &intakev1.CreateDemandRequest{Parent: c.GetName(), Demand: &intakev1.DemandEntry{
		Demand: &intakev1.Demand{Text: " "},
	}})
	rpctest.RequireField(t, err, "demand.demand")
	_, err = f.records.CreateDemand(t.Context(), &intakev1.CreateDemandRequest{Parent: c.GetName(), Demand: &intakev1.DemandEntry{
		Demand: &intakev1.Demand{Text: "x"}, Message: f.file().GetName() + "/messages/00000000000000000000000000",
	}})
	rpctest.RequireField(t, err, "demand.message")
}

// A demand in another currency is added beside what was demanded, and is a rise.
func TestDemandsOfSeveralCurrencies(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REC-2", "RISK-2")
	f := newFixture(t)
	c := f.file()
	demand := func(basis intakev1.DemandEntry_Basis, currency string, units int64) bool {
		t.Helper()
		made, err := f.records.CreateDemand(t.Context(), &intakev1.CreateDemandRequest{Parent: c.GetName(), Demand: &intakev1.DemandEntry{
			Basis: basis, Demand: &intakev1.Demand{Text: currency, Amount: &money.Money{CurrencyCode: currency, Units: units}},
		}})
		require.NoError(t, err)
		return made.GetRising()
	}
	_ = demand(intakev1.DemandEntry_NEW_TOTAL, "CNY", 500)
	require.True(t, demand(intakev1.DemandEntry_ADDITION, "USD", 300))
	now := f.get(c.GetName())
	require.Equal(t, "CNY", now.GetDemanded().GetCurrencyCode())
	require.EqualValues(t, 500, now.GetDemanded().GetUnits())
	require.EqualValues(t, 300, now.GetFurtherDemanded()[0].GetUnits())
	require.Equal(t, "USD", f.signal(c.GetName(), policyv1.SignalKind_DEMAND_RISE).GetQuote())
	require.True(t, demand(intakev1.DemandEntry_ADDITION, "USD", 50))
	require.EqualValues(t, 350, f.get(c.GetName()).GetFurtherDemanded()[0].GetUnits())
	require.False(t, demand(intakev1.DemandEntry_NEW_TOTAL, "EUR", 90), "what cannot be compared is no rise")
	require.Empty(t, f.get(c.GetName()).GetFurtherDemanded())
	require.Equal(t, "EUR", f.get(c.GetName()).GetDemanded().GetCurrencyCode())
}

// TestChasesAreNotJumpedOver: by a correction the count goes past the limit as well, and that is the signal (RISK-3).
func TestChasesAreNotJumpedOver(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "RISK-3")
	f := newFixture(t)
	c := f.file()
	for range 3 {
		_, err := say(t, f.public, c.GetName(), intakev1.Message_CUSTOMER, chase)
		require.NoError(t, err)
	}
	misread, err := say(t, f.public, c.GetName(), intakev1.Message_CUSTOMER, "包裹的单号是 778899。")
	require.NoError(t, err)
	require.EqualValues(t, 3, f.get(c.GetName()).GetChaseCount())
	_, err = f.records.ReclassifyMessage(t.Context(), &intakev1.ReclassifyMessageRequest{
		Name: misread.GetName(), Kind: policyv1.MessageKind_PROGRESS_CHASE,
	})
	require.NoError(t, err)
	require.EqualValues(t, 4, f.get(c.GetName()).GetChaseCount())
	require.Equal(t, misread.GetName(), f.signal(c.GetName(), policyv1.SignalKind_CHASED_TOO_OFTEN).GetSource())
	require.Equal(t, policyv1.Severity_HIGH, f.get(c.GetName()).GetSeverity())
}

// TestEachKindIsToldToTheLadder: of two kinds in one message the ladder hears of both (ROUTE-4).
func TestEachKindIsToldToTheLadder(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "RISK-5")
	f := newFixture(t)
	c := f.file()
	for range 3 {
		_, err := say(t, f.public, c.GetName(), intakev1.Message_CUSTOMER, chase)
		require.NoError(t, err)
	}
	corrected, err := say(t, f.public, c.GetName(), intakev1.Message_CUSTOMER, "你们给的优惠券我不要，我不接受这个方案。"+threat)
	require.NoError(t, err)
	told := map[policyv1.SignalKind]int{}
	for _, payload := range f.payloads(c.GetName()) {
		if raised := payload.GetSignalsRaised(); raised.GetEscalate() {
			told[raised.GetEscalatedKind()]++
		}
	}
	require.Equal(t, map[policyv1.SignalKind]int{policyv1.SignalKind_THREAT: 1, policyv1.SignalKind_OFFER_REJECTED: 1}, told, corrected.GetText())
}

// A change of severity tells by when what was declared is due from then on: nothing is ever due later than before (RISK-5, CLK-4).
func TestChangeOfSeverityTellsWhatHolds(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "RISK-5", "CLK-4")
	f := newFixture(t)
	c := f.in(intakev1.Complaint_ACTIVE)
	set := func(severity policyv1.Severity) *eventv1.DeclaredTargets {
		t.Helper()
		f.pass(10 * time.Minute)
		_, err := f.records.SetSeverity(t.Context(), &intakev1.SetSeverityRequest{Name: c.GetName(), Severity: severity, Reason: "看过了"})
		require.NoError(t, err)
		changes := f.changes(c.GetName())
		return changes[len(changes)-1].GetTargets()
	}
	urgent := set(policyv1.Severity_URGENT)
	targets, err := f.policy.Targets(policyv1.Severity_URGENT, f.now())
	require.NoError(t, err)
	require.Equal(t, targets.Resolution, urgent.GetResolution().AsTime(), "24 h from now are less than 72 h from the receipt")
	requireSame(t, c.GetTargets().GetCallback(), urgent.GetCallback())
	requireSame(t, urgent, set(policyv1.Severity_LOW))
	requireSame(t, urgent, set(policyv1.Severity_URGENT))
	requireSame(t, c.GetTargets(), f.get(c.GetName()).GetTargets())
}
