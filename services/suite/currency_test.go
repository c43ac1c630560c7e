package suite_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/gen/covers"
	"github.com/redress-dev/redress/services/suite"
)

// TestAnotherCurrencyDoesNotStart: what is on record would be read as money of the policy's currency.
func TestAnotherCurrencyDoesNotStart(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "APPR-1", "OPS-1")
	dir := t.TempDir()
	live := func(t *testing.T) {
		t.Helper()
		moveIn(t, func(c *suite.Config) { c.DataDir = dir })
	}
	t.Run("first start", live)
	exec(t, dir, "remedy", `UPDATE denomination SET currency = 'EUR'`)
	t.Run("nothing is on record", live)
	exec(t, dir, "remedy", `UPDATE denomination SET currency = 'EUR'`,
		`INSERT INTO deduction_pays (agent, month, number, pay, teller, correction, tell_time) VALUES ('agents/lin', '2026-03', 1, 1, 'agents/he', '', 0)`)
	cfg := anywhere(dir)
	listeners, err := suite.Listen(cfg)
	require.NoError(t, err)
	_, err = build(t, cfg, listeners)
	require.ErrorContains(t, err, "what is on record is in EUR")
}
