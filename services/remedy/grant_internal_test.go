package remedy

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"

	"github.com/redress-dev/redress/gen/covers"
	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
	"github.com/redress-dev/redress/services/internal/errs"
	"github.com/redress-dev/redress/services/internal/policy"
)

// counter makes ids.
type counter struct{ n rune }

func (c *counter) ID() string { c.n++; return string('a' + c.n) }

// Reference makes none.
func (*counter) Reference() string { return "" }

// TestWhatWasApprovedIsHeld: a decision grants within the caps, and beyond them at the last level alone, where the ledger says so (APPR-1).
func TestWhatWasApprovedIsHeld(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "APPR-1")
	p, err := policy.Default()
	require.NoError(t, err)
	rules, err := NewRules(p)
	require.NoError(t, err)
	s := &Service{deps: Deps{IDs: &counter{}}, rules: rules}
	now := time.Date(2026, 11, 30, 17, 0, 0, 0, time.UTC)
	approve := func(used int64, last bool) (*Case, *Remedy, error) {
		c := &Case{Complaint: Complaint{ID: "a"}, Funds: func(keys FundKeys) (Funds, error) {
			require.Equal(t, FundKeys{
				Customer: "customers/a", Since: now.Add(-8760 * time.Hour), Day: "2026-12-01", Department: "departments/x", Month: "2026-12",
			}, keys, "day and month are those of the firm's time zone; what is approved is nobody's day")
			return Funds{Customer: used}, nil
		}}
		r := &Remedy{
			Complaint: "a", ID: "r", Customer: "customers/a", Department: "departments/x", Approval: "r-1", Revision: 1,
			Options: []Option{{Parts: []Part{{Kind: remedyv1.Option_COMPENSATION, Basis: remedyv1.Option_FAULT, Amount: Money{"CNY", 100, 0}}}}},
		}
		return c, r, s.grantApproved(c, r, "agents/zhao", last, now)
	}
	c, r, err := approve(190_000, false)
	require.NoError(t, err)
	require.Equal(t, remedyv1.Remedy_GRANTED, r.State)
	require.Equal(t, Grant{Granter: "agents/zhao", Time: now}, r.Grant)
	require.Len(t, c.Changes.Entries, 1)
	require.Equal(t, []any{int64(10_000), "", false, "approvals/r-1"},
		[]any{c.Changes.Entries[0].Minor, c.Changes.Entries[0].Alone, c.Changes.Entries[0].Beyond, c.Changes.Entries[0].Cause})
	require.Zero(t, r.Review.State, "what was approved is not looked at again")

	c, r, err = approve(190_001, false)
	require.Equal(t, remedyv1.ErrorReason_CAP_EXCEEDED.String(), errs.Reason(err))
	require.Equal(t, codes.FailedPrecondition, errs.Status(err).Code())
	require.Empty(t, c.Changes)
	require.Zero(t, r.State)
	c, _, err = approve(190_001, true)
	require.NoError(t, err)
	require.True(t, c.Changes.Entries[0].Beyond)
	_, _, err = approve(1<<63-1, true)
	require.Equal(t, remedyv1.ErrorReason_CAP_EXCEEDED.String(), errs.Reason(err), "what no database can count is granted by nobody")
}
