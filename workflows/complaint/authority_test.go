package complaint_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/redress-dev/redress/gen/covers"
	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	workflowv1 "github.com/redress-dev/redress/gen/redress/workflow/v1"
	"github.com/redress-dev/redress/workflows/complaint"
)

const authorityReply = policyv1.DutyKind_AUTHORITY_REPLY

// forwardedWorld is one in which an authority waits for an answer for ten days.
func forwardedWorld() *world {
	return newWorld(owed(callback, 24*time.Hour), owed(resolution, 72*time.Hour),
		owed(authorityReply, 240*time.Hour, 168*time.Hour, 216*time.Hour))
}

func forwardedInput() *workflowv1.ComplaintInput {
	in := input()
	in.AuthorityReplyDueTime = timestamppb.New(received.Add(240 * time.Hour))
	return in
}

// runForwarded lets a workflow run whose complaint an authority forwarded.
func (w *world) runForwarded(t *testing.T) {
	t.Helper()
	w.env.ExecuteWorkflow(complaint.WorkflowName, forwardedInput())
	require.True(t, w.env.IsWorkflowCompleted())
	require.NoError(t, w.env.GetWorkflowError())
	require.NotContains(t, w.attributes, "RedressDuty")
	require.NotContains(t, w.attributes, "RedressBreach")
}

func TestAnAuthoritysReplyIsKeptLikeAnyDuty(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REC-1")
	w := forwardedWorld()
	w.pastTarget = 12 * time.Hour
	w.enter(t, 0)
	w.at(time.Hour, func() { w.met(callback) })
	w.at(260*time.Hour, func() { w.met(authorityReply) })
	w.at(261*time.Hour, w.withdraw)
	w.runForwarded(t)
	require.Equal(t, []string{
		"72h0m0s escalated resolution 1 RESOLUTION_OVERDUE", "84h0m0s risk resolution",
		"168h0m0s warned authority-reply of 168h0m0s", "216h0m0s warned authority-reply of 216h0m0s",
		"240h0m0s escalated authority-reply 1 AUTHORITY_REPLY_OVERDUE", "252h0m0s risk authority-reply",
	}, w.lines("escalated", "warned", "risk"))
	require.Equal(t, 261*time.Hour, w.elapsed())
}

func TestAReplyThatIsMissedAfterTheEndIsEscalated(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REC-1", "REC-6", "CLK-4", "RISK-5", "ROUTE-4")
	ends := map[string]struct {
		end   func(w *world)
		stage string
	}{
		"withdrawn": {func(w *world) { w.withdraw() }, "CLOSED"},
		"resolved": {func(w *world) {
			w.met(callback)
			w.askToResolve("1")
		}, "RESOLVED"},
		"resolved, then closed": {func(w *world) {
			w.met(callback)
			w.askToResolve("1")
			w.at(w.elapsed()+time.Hour, w.withdraw)
		}, "CLOSED"},
	}
	for title, c := range ends {
		t.Run(title, func(t *testing.T) {
			t.Parallel()
			w := forwardedWorld()
			w.pastTarget = 12 * time.Hour
			w.enter(t, 0)
			w.at(2*time.Hour, func() { c.end(w) })
			var details string
			w.at(100*time.Hour, func() {
				details = w.currentDetails(t)
				require.Len(t, w.timers, 1, "one clock runs on")
				require.Equal(t, []string{"authority-reply"}, w.attributes["RedressDuty"])
				require.Equal(t, c.stage, w.attributes["RedressStage"])
				w.signal(seen(policyv1.SignalKind_THREAT)) // No clock hurries any more, but a threat is one.
				w.signal(attended(policyv1.Severity_URGENT))
				w.signal(seen(policyv1.SignalKind_THREAT))
				w.askToResolve("9")
			})
			w.at(250*time.Hour, func() { require.Equal(t, []string{"authority-reply"}, w.attributes["RedressBreach"]) })
			w.at(300*time.Hour, func() { w.met(authorityReply) })
			w.runForwarded(t)
			require.Equal(t, 300*time.Hour, w.elapsed(), "it ends with the answer")
			require.Equal(t, []string{
				"100h0m0s escalated THREAT 1 REGULATOR_THREAT",
				"168h0m0s warned authority-reply of 168h0m0s", "216h0m0s warned authority-reply of 216h0m0s",
				"240h0m0s settled authority-reply MISSED", "240h0m0s escalated authority-reply 1 AUTHORITY_REPLY_OVERDUE",
			}, w.lines("escalated", "warned", "settled", "risk"))
			require.Contains(t, details, "**"+c.stage+"**")
			require.Contains(t, details, "| authority-reply | 2026-01-11 09:00 UTC | owed |")
			require.Equal(t, []string{"100h0m0s RedressSeverity=URGENT"}, w.changesOf("RedressSeverity"))
			require.Empty(t, w.lines("confirmed 9", "refused 9"), "an ended cycle is not resolved once more")
			require.Equal(t, c.stage, w.attributes["RedressStage"])
		})
	}
}

func TestAReplyThatIsGivenLetsTheEndBeTheEnd(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REC-1", "CLK-4")
	w := forwardedWorld()
	w.enter(t, 0)
	w.at(time.Hour, func() { w.met(authorityReply) })
	w.at(2*time.Hour, w.withdraw)
	w.runForwarded(t)
	require.Equal(t, 2*time.Hour, w.elapsed())
	require.Empty(t, w.lines("escalated"))
}

func TestWithdrawalBeforeTheDutiesAreKnownWaitsForTheAuthority(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REC-6", "CLK-4")
	for title, known := range map[string]func(w *world){
		"followup heard of the end":         func(w *world) { w.hidden = false },
		"followup has not heard of the end": func(w *world) { w.hidden, w.duties = false, forwardedWorld().duties },
	} {
		t.Run(title, func(t *testing.T) {
			t.Parallel()
			w := forwardedWorld()
			w.hidden = true
			w.enter(t, 0)
			w.at(time.Minute, w.withdraw)
			w.at(time.Hour, func() { w.mu.Lock(); known(w); w.mu.Unlock() })
			w.at(250*time.Hour, func() { w.met(authorityReply) })
			w.runForwarded(t)
			require.Equal(t, []string{"240h0m0s escalated authority-reply 1 AUTHORITY_REPLY_OVERDUE"}, w.lines("escalated", "assigned", "acknowledged"))
			require.Equal(t, 250*time.Hour, w.elapsed())
		})
	}
}

func TestAWorkflowThatBeginsAfterTheEndKeepsTheReply(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REC-6")
	for title, answered := range map[string]bool{"owed": false, "answered": true} {
		t.Run(title, func(t *testing.T) {
			t.Parallel()
			w := forwardedWorld()
			w.close()
			if answered {
				w.duties[2].State, w.duties[2].Verdict = followupv1.Duty_KEPT, policyv1.Verdict_MET
			}
			w.enter(t, 100*time.Hour)
			w.at(250*time.Hour, func() {
				if !answered {
					w.met(authorityReply)
				}
			})
			w.runForwarded(t)
			require.Equal(t, answered, w.elapsed() == 100*time.Hour)
			require.Equal(t, !answered, len(w.lines("escalated authority-reply")) == 1)
			require.Empty(t, w.lines("assigned", "acknowledged"))
		})
	}
}

func TestTheNextRunOfAnEndedCycleKeepsTheReplyAlone(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REC-6")
	w := forwardedWorld()
	w.enter(t, 0)
	w.at(time.Hour, func() { w.met(callback); w.askToResolve("1") })
	w.at(100*time.Hour, func() { w.env.SetContinueAsNewSuggested(true) })
	w.at(101*time.Hour, func() { w.met(callback) }) // Something has to come in for it to be looked at.
	w.env.ExecuteWorkflow(complaint.WorkflowName, forwardedInput())
	next := w.continued(t)
	require.Equal(t, intakev1.Complaint_RESOLVED.String(), next.GetState().GetEnd())
	require.NotNil(t, next.GetAuthorityReplyDueTime())
	upserts := w.upserts
	w.enter(t, w.elapsed())
	w.at(241*time.Hour, func() { w.met(authorityReply) })
	w.env.ExecuteWorkflow(complaint.WorkflowName, next)
	require.NoError(t, w.env.GetWorkflowError())
	require.Equal(t, []string{"240h0m0s escalated authority-reply 1 AUTHORITY_REPLY_OVERDUE"}, w.lines("escalated"))
	require.Len(t, w.lines("assigned"), 1)
	require.Equal(t, upserts+2, w.upserts, "broken and answered: %v", w.changes)
}
