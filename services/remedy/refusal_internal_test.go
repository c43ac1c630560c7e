package remedy

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/gen/covers"
	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
	"github.com/redress-dev/redress/services/internal/errs"
)

// good is a step as it should be.
func good(kind remedyv1.RefusalStep_Kind) attempt {
	a := attempt{kind: kind, evidence: "said so", caller: "agents/lin"}
	switch kind {
	case remedyv1.RefusalStep_REASON_AND_ALTERNATIVE:
		a.alternative = "a repair"
	case remedyv1.RefusalStep_COMPENSATE:
		a.evidence = "granted"
	case remedyv1.RefusalStep_SUPPORT:
		a.party = "departments/quality"
	case remedyv1.RefusalStep_END_CONTACT:
		a.byTheRules, a.withoutAttitude, a.leads = true, true, true
	default:
	}
	return a
}

// guess is any call that somebody may make.
func guess(r *rand.Rand) attempt {
	a := good(remedyv1.RefusalStep_Kind(r.IntN(6) + 1))
	spoil := func(chance int, f func()) {
		if r.IntN(chance) == 0 {
			f()
		}
	}
	spoil(4, func() { a.evidence, a.reason = "", "does not apply" })
	spoil(6, func() { a.evidence = " " })
	spoil(6, func() { a.alternative = "" })
	spoil(6, func() { a.party = a.caller })
	spoil(6, func() { a.party = "" })
	spoil(3, func() { a.byTheRules = false })
	spoil(3, func() { a.withoutAttitude = false })
	spoil(3, func() { a.leads = false })
	spoil(8, func() { a.abuse = true })
	return a
}

// TestNothingLeadsPastTheLadder tries sequences of calls at random: contact is ended by all steps in their order, or by abuse, and with all
// confirmations, or not at all.
func TestNothingLeadsPastTheLadder(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REF-1")
	const tries = 20_000
	ended, abused := 0, 0
	for seed := range uint64(tries) {
		random := rand.New(rand.NewPCG(seed, 1))
		r := &Refusal{State: remedyv1.Refusal_OPEN}
		c := circumstance{
			ourFault: random.IntN(2) == 0, compensated: random.IntN(2) == 0, granted: func(name string) bool { return name == "granted" },
		}
		now := time.Unix(0, 0)
		for range 60 {
			a, steps, open := guess(random), len(r.Steps), r.Open()
			if r.next(a, c) != nil {
				require.Len(t, r.Steps, steps, "what is refused leaves nothing")
				continue
			}
			require.True(t, open, "nothing follows the end")
			now = now.Add(time.Second)
			r.take(RefusalStep{Kind: a.kind, Done: a.done(), Abuse: a.abuse, Party: a.party, Time: now}, time.Hour)
			if a.kind == remedyv1.RefusalStep_END_CONTACT {
				require.True(t, a.byTheRules && a.withoutAttitude && a.leads && a.done())
			}
		}
		for i, step := range r.Steps {
			last := step.Kind == remedyv1.RefusalStep_END_CONTACT
			require.True(t, last && step.Abuse || int(step.Kind) == i+1, "each once and in order: %v", r.Steps)
			require.True(t, step.Done || c.waives(step.Kind), "%v", step)
			require.True(t, !last || i == len(r.Steps)-1)
		}
		if r.State != remedyv1.Refusal_CONTACT_ENDED {
			require.Zero(t, r.WatchTime)
			continue
		}
		last := r.Steps[len(r.Steps)-1]
		require.True(t, len(r.Steps) == 6 && !c.owed() || last.Abuse, "%v", r.Steps)
		require.Equal(t, last.Time.Add(time.Hour), r.WatchTime)
		ended++
		if last.Abuse {
			abused++
		}
	}
	require.Greater(t, ended-abused, 100, "some were ended by their steps")
	require.Greater(t, abused, 100, "some for abuse")
}

// TestEachStepHasItsProof spoils one thing at a time.
func TestEachStepHasItsProof(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REF-1")
	const applies, out, field = remedyv1.ErrorReason_STEP_APPLIES, remedyv1.ErrorReason_STEP_OUT_OF_ORDER, remedyv1.ErrorReason(0)
	for name, c := range map[string]struct {
		kind   remedyv1.RefusalStep_Kind
		fault  bool
		spoil  func(a *attempt)
		reason remedyv1.ErrorReason
	}{
		"expectations apply":                  {kind: 1, spoil: waived, reason: applies},
		"soothing applies":                    {kind: 2, spoil: waived, reason: applies},
		"reason applies":                      {kind: 3, spoil: waived, reason: applies},
		"our fault is compensated":            {kind: 4, fault: true, spoil: waived, reason: applies},
		"a contact that is not ended goes on": {kind: 6, spoil: waived, reason: applies},
		"no flat refusal":                     {kind: 3, spoil: func(a *attempt) { a.alternative = "　" }},
		"alternative elsewhere":               {kind: 1, spoil: func(a *attempt) { a.alternative = "x" }},
		"blank":                               {kind: 2, spoil: func(a *attempt) { a.evidence = "\t" }},
		"no remedy":                           {kind: 4, spoil: func(a *attempt) { a.evidence = "gave something" }},
		"nobody asked":                        {kind: 5, spoil: func(a *attempt) { a.party = "" }},
		"asked themselves":                    {kind: 5, spoil: func(a *attempt) { a.party = a.caller }},
		"party elsewhere":                     {kind: 1, spoil: func(a *attempt) { a.party = "agents/wu" }},
		"abuse elsewhere":                     {kind: 4, spoil: func(a *attempt) { a.abuse = true }},
		"not by the rules":                    {kind: 6, spoil: func(a *attempt) { a.byTheRules = false }, reason: remedyv1.ErrorReason_CONTACT_NOT_TO_BE_ENDED},
		"attitude":                            {kind: 6, spoil: func(a *attempt) { a.withoutAttitude = false }, reason: remedyv1.ErrorReason_CONTACT_NOT_TO_BE_ENDED},
		"by nobody who leads":                 {kind: 6, spoil: func(a *attempt) { a.leads = false }, reason: remedyv1.ErrorReason_CONTACT_NOT_TO_BE_ENDED},
		"sooner":                              {kind: 3, spoil: func(a *attempt) { *a = good(4) }, reason: out},
		"again":                               {kind: 3, spoil: func(a *attempt) { *a = good(2) }, reason: out},
	} {
		r := &Refusal{State: remedyv1.Refusal_OPEN}
		for kind := remedyv1.RefusalStep_Kind(1); kind < c.kind; kind++ {
			r.take(RefusalStep{Kind: kind, Done: true}, time.Hour)
		}
		with := circumstance{ourFault: c.fault, granted: func(name string) bool { return name == "granted" }}
		a := good(c.kind)
		require.NoError(t, r.next(a, with), name)
		c.spoil(&a)
		want := "INVALID_FIELD"
		if c.reason != field {
			want = c.reason.String()
		}
		require.Equal(t, want, errs.Reason(r.next(a, with)), name)
	}
	r := &Refusal{State: remedyv1.Refusal_OPEN, Steps: []RefusalStep{{Kind: 1}, {Kind: 2}, {Kind: 3}}}
	for _, kind := range []remedyv1.RefusalStep_Kind{4, 5} {
		a := good(kind)
		waived(&a)
		a.party = ""
		require.NoError(t, r.next(a, circumstance{}), "what need not apply, with a reason")
		r.take(RefusalStep{Kind: kind}, time.Hour)
	}
}

func waived(a *attempt) { a.evidence, a.reason = "", "no fault of ours" }
