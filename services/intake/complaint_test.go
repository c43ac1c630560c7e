package intake_test

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/redress-dev/redress/gen/covers"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	"github.com/redress-dev/redress/services/intake"
	"github.com/redress-dev/redress/services/internal/policy"
)

var (
	begin = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	later = begin.Add(time.Hour)
	again = policy.Targets{Callback: later.Add(24 * time.Hour)}
)

const (
	remedied  = intake.Outcome(intakev1.Complaint_REMEDIED)
	explained = intake.Outcome(intakev1.Complaint_EXPLAINED)
)

func received() *intake.Complaint {
	return &intake.Complaint{
		ID: "x", State: intake.Received, Cycle: 1, Version: 1, ReceiveTime: begin, CycleTime: begin, CreateTime: begin, UpdateTime: begin,
		Targets: policy.Targets{Callback: begin.Add(24 * time.Hour)},
	}
}

// in is a complaint that got into a state by the rules.
func in(t *testing.T, state intake.State) *intake.Complaint {
	t.Helper()
	c := received()
	if state >= intake.Active {
		require.True(t, c.Assign("departments/logistics", "agents/lin", begin))
	}
	if state >= intake.Resolving {
		require.NoError(t, c.RequestResolution("r1", remedied, begin))
	}
	if state >= intake.Resolved {
		require.NoError(t, c.ConfirmResolution("r1", begin))
	}
	if state >= intake.Closed {
		require.NoError(t, c.Close(intake.NoOutcome, begin))
	}
	require.Equal(t, state, c.State)
	return c
}

// Every command in every state: where it leads, or what it wants.
func TestEveryCommandInEveryState(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "CLK-4")
	const received, active, resolving, resolved, closed = intake.Received, intake.Active, intake.Resolving, intake.Resolved, intake.Closed
	type result struct {
		to     intake.State
		wanted string
		err    error
	}
	ok := func(to intake.State) result { return result{to: to} }
	no := func(wanted string) result { return result{wanted: wanted} }
	not := result{err: intake.ErrNotPending}
	for name, command := range map[string]struct {
		run  func(c *intake.Complaint) error
		want [5]result
	}{
		"assign": {
			func(c *intake.Complaint) error { c.Assign("departments/quality", "", later); return nil },
			[5]result{ok(active), ok(active), ok(resolving), ok(resolved), ok(closed)},
		},
		"resolve": {
			func(c *intake.Complaint) error { return c.RequestResolution("r2", explained, later) },
			[5]result{ok(resolving), ok(resolving), no("RECEIVED, ACTIVE"), no("RECEIVED, ACTIVE"), no("RECEIVED, ACTIVE")},
		},
		"confirm": {
			func(c *intake.Complaint) error { return c.ConfirmResolution("r1", later) },
			[5]result{not, not, ok(resolved), ok(resolved), ok(closed)},
		},
		"confirm another request": {
			func(c *intake.Complaint) error { return c.ConfirmResolution("r0", later) },
			[5]result{not, not, not, not, not},
		},
		"confirm no request": {
			func(c *intake.Complaint) error { return c.ConfirmResolution("", later) },
			[5]result{not, not, not, not, not},
		},
		"refuse": {
			func(c *intake.Complaint) error { return c.RefuseResolution("r1", later) },
			[5]result{not, not, ok(active), not, not},
		},
		"refuse another request": {
			func(c *intake.Complaint) error { return c.RefuseResolution("r0", later) },
			[5]result{not, not, not, not, not},
		},
		"close": {
			func(c *intake.Complaint) error { return c.Close(intake.NoOutcome, later) },
			[5]result{no("RESOLVED"), no("RESOLVED"), no("RESOLVED"), ok(closed), no("RESOLVED")},
		},
		"close as no complaint": {
			func(c *intake.Complaint) error { return c.Close(intake.NotAComplaint, later) },
			[5]result{ok(closed), ok(closed), no("RECEIVED, ACTIVE"), no("RECEIVED, ACTIVE"), no("RECEIVED, ACTIVE")},
		},
		"withdraw": {
			func(c *intake.Complaint) error { return c.Withdraw(later) },
			[5]result{
				ok(closed), ok(closed), ok(closed), no("RECEIVED, ACTIVE, RESOLVING"),
				no("RECEIVED, ACTIVE, RESOLVING"),
			},
		},
		"reopen": {
			func(c *intake.Complaint) error { return c.Reopen(again, later) },
			[5]result{no("RESOLVED, CLOSED"), no("RESOLVED, CLOSED"), no("RESOLVED, CLOSED"), ok(active), ok(active)},
		},
	} {
		for state := received; state <= closed; state++ {
			t.Run(name+" in "+state.String(), func(t *testing.T) {
				t.Parallel()
				c, want := in(t, state), command.want[state-1]
				before := *c
				err := command.run(c)
				if want.to != 0 {
					require.NoError(t, err)
					require.Equal(t, want.to, c.State)
					return
				}
				require.Equal(t, before, *c, "what is refused changes nothing")
				if want.err != nil {
					require.ErrorIs(t, err, want.err)
					return
				}
				require.EqualError(t, err, "the complaint is "+state.String()+"; this needs "+want.wanted)
			})
		}
	}
}

func TestAssignment(t *testing.T) {
	t.Parallel()
	c := received()
	require.True(t, c.Assign("departments/logistics", "", later), "a queue owns it, so it is active")
	require.EqualValues(t, 2, c.Version)
	require.False(t, c.Assign("departments/logistics", "", later))
	require.EqualValues(t, 2, c.Version, "the same again is no change")
	require.False(t, c.Assign("departments/logistics", "agents/he", later))
	require.Equal(t, "agents/he", c.Assignee)
	require.EqualValues(t, 3, c.Version)
}

func TestResolutionIsDecidedOnce(t *testing.T) {
	t.Parallel()
	c := in(t, intake.Resolving)
	require.Equal(t, intake.NoOutcome, c.Outcome, "the outcome waits for the owners")
	require.NoError(t, c.ConfirmResolution("r1", later))
	require.Equal(t, remedied, c.Outcome)
	require.Equal(t, later, c.ResolveTime)
	require.Equal(t, begin, c.Request.Time, "the request's time decides the duty")
	confirmed := *c
	require.NoError(t, c.ConfirmResolution("r1", later.Add(time.Hour)))
	require.Equal(t, confirmed, *c)
	require.ErrorIs(t, c.RefuseResolution("r1", later), intake.ErrNotPending)

	c = in(t, intake.Resolving)
	require.NoError(t, c.RefuseResolution("r1", later))
	refused := *c
	require.NoError(t, c.RefuseResolution("r1", later.Add(time.Hour)))
	require.Equal(t, refused, *c)
	require.ErrorIs(t, c.ConfirmResolution("r1", later), intake.ErrNotPending)
	require.NoError(t, c.RequestResolution("r2", explained, later), "it may be asked again")
	require.ErrorIs(t, c.ConfirmResolution("r1", later), intake.ErrNotPending)

	c = received()
	require.NoError(t, c.RequestResolution("r1", remedied, begin))
	require.NoError(t, c.RefuseResolution("r1", later))
	require.Equal(t, intake.Received, c.State, "nobody is in charge yet")
	require.True(t, c.Assign("departments/logistics", "", later))

	c = received()
	require.NoError(t, c.RequestResolution("r1", remedied, begin))
	require.False(t, c.Assign("departments/logistics", "", later))
	require.NoError(t, c.RefuseResolution("r1", later))
	require.Equal(t, intake.Active, c.State, "somebody was put in charge meanwhile")

	c = in(t, intake.Resolving)
	require.NoError(t, c.Withdraw(later))
	require.ErrorIs(t, c.ConfirmResolution("r1", later), intake.ErrNotPending, "a withdrawn complaint stays withdrawn")
	require.Equal(t, intake.Withdrawn, c.Outcome)
}

func TestReopeningBeginsNewClocks(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "CLK-4")
	c := in(t, intake.Closed)
	require.NoError(t, c.Reopen(again, later))
	require.EqualValues(t, 2, c.Cycle)
	require.Equal(t, again, c.Targets)
	require.Equal(t, later, c.CycleTime)
	require.Equal(t, begin, c.ReceiveTime, "the firm received it when it did")
	require.Equal(t, intake.NoOutcome, c.Outcome)
	require.True(t, c.ResolveTime.IsZero() && c.CloseTime.IsZero())
	require.Equal(t, "departments/logistics", c.Department)
}

func TestNumbersAreTheContracts(t *testing.T) {
	t.Parallel()
	for state := intake.Received; state <= intake.Closed; state++ {
		require.Equal(t, intakev1.Complaint_State(state).String(), state.String())
	}
	require.Equal(t, "State(0)", intake.State(0).String())
	require.EqualValues(t, intakev1.Complaint_WITHDRAWN, intake.Withdrawn)
	require.EqualValues(t, intakev1.Complaint_NOT_A_COMPLAINT, intake.NotAComplaint)
}

// Whatever is done to a complaint in whatever order, these hold.
func TestInvariants(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "CLK-4")
	rapid.Check(t, func(t *rapid.T) {
		c, now, requests := received(), begin, 0
		check := func(before intake.Complaint, err error) {
			if err != nil {
				var state *intake.StateError
				require.True(t, errors.As(err, &state) || errors.Is(err, intake.ErrNotPending))
				require.Equal(t, before, *c, "what is refused changes nothing")
				return
			}
			changed := before != *c
			require.Equal(t, changed, c.Version > before.Version, "the version grows with every change, and only then")
			require.Equal(t, changed, c.UpdateTime.After(before.UpdateTime))
			require.Equal(t, before.ReceiveTime, c.ReceiveTime)
			if c.Cycle == before.Cycle {
				require.Equal(t, before.Targets, c.Targets, "only reopening begins new clocks")
				require.Equal(t, before.CycleTime, c.CycleTime)
			} else {
				require.Equal(t, before.Cycle+1, c.Cycle)
				require.False(t, before.Open())
			}
			ended := c.State == intake.Resolved || c.State == intake.Closed
			require.Equal(t, ended, c.Outcome != intake.NoOutcome)
			require.Equal(t, !ended, c.Open())
			require.Equal(t, c.State == intake.Closed, !c.CloseTime.IsZero())
			require.Equal(t, c.State == intake.Resolving, c.Request.Phase == intake.Pending)
			if c.State == intake.Received {
				require.Empty(t, c.Department)
			}
			if before.State == intake.Resolving && c.State == intake.Active {
				require.NotEmpty(t, c.Department, "whoever works on it is in charge of it")
			}
		}
		act := func(run func(*rapid.T) error) func(*rapid.T) {
			return func(t *rapid.T) {
				now = now.Add(time.Minute)
				before := *c
				check(before, run(t))
			}
		}
		request := func(t *rapid.T) string {
			return string(rune('a' + rapid.IntRange(max(0, requests-2), requests).Draw(t, "request")))
		}
		t.Repeat(map[string]func(*rapid.T){
			"assign": act(func(t *rapid.T) error {
				c.Assign("departments/logistics", rapid.SampledFrom([]string{"", "agents/lin"}).Draw(t, "assignee"), now)
				return nil
			}),
			"resolve": act(func(*rapid.T) error {
				requests++
				return c.RequestResolution(string(rune('a'+requests)), remedied, now)
			}),
			"confirm":  act(func(t *rapid.T) error { return c.ConfirmResolution(request(t), now) }),
			"refuse":   act(func(t *rapid.T) error { return c.RefuseResolution(request(t), now) }),
			"close":    act(func(*rapid.T) error { return c.Close(intake.NoOutcome, now) }),
			"none":     act(func(*rapid.T) error { return c.Close(intake.NotAComplaint, now) }),
			"withdraw": act(func(*rapid.T) error { return c.Withdraw(now) }),
			"reopen": act(func(*rapid.T) error {
				return c.Reopen(policy.Targets{Callback: now.Add(24 * time.Hour)}, now)
			}),
		})
	})
}
