package followup_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/gen/covers"
	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	"github.com/redress-dev/redress/services/followup"
	"github.com/redress-dev/redress/services/internal/policy"
	"github.com/redress-dev/redress/services/internal/rpc/rpctest"
)

// restart has the service begin anew with another policy.
func (d *desk) restart(t *testing.T, text string) {
	t.Helper()
	var err error
	d.policy, err = policy.Parse([]byte(text), "policy.yaml")
	require.NoError(t, err)
	d.deps.Policy = d.policy
	d.service, err = followup.New(followup.Config{}, d.deps)
	require.NoError(t, err)
	d.harness = rpctest.Serve(t, d.service.Register)
	d.agent = followupv1.NewFollowupServiceClient(d.harness.Conn("agents/lin", authv1.Role_AGENT))
}

// TestAPauseMovesByTheListByWhichItBegan: days that become holidays meanwhile, or a calendar that is gone, neither add to what was paused nor
// take from it.
func TestAPauseMovesByTheListByWhichItBegan(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "CLK-3", "CLK-2")
	text := byOffice() + "timekeeping: {pauses: {kinds: [CALLBACK], longest: 240h}}\n"
	for _, changed := range []string{
		strings.Replace(text, `{date: "2026-01-06"}`, `{date: "2026-01-05", until: "2026-01-08"}`, 1),
		strings.Replace(text, `make_up_days: [{date: "2026-01-10"}]`, "make_up_days: []", 1),
		strings.ReplaceAll(text, "office", "shop"),
	} {
		d := newDeskBy(t, text)
		complaint := d.receive(t) // On Monday at ten; due on Saturday at ten, which makes up for Tuesday.
		d.clock.Set(since(1))
		_, err := d.pause(t, complaint, "1-callback")
		require.NoError(t, err)
		d.restart(t, changed)
		d.clock.Set(since(1).Add(8 * time.Second))
		_, err = d.resume(t, complaint)
		require.NoError(t, err)
		duty := d.duties(t, complaint)["1-callback"]
		require.Equal(t, since(5*24).Add(8*time.Second), duty.GetDueTime().AsTime())
		require.Equal(t, 24*time.Second, duty.GetPauses()[0].GetMeasured().AsDuration(), "of a day of eight hours, which counts as 24")
		if strings.Contains(changed, "shop") {
			_, err = d.pause(t, complaint, "1-callback")
			rpctest.RequireMetadata(t, err, "cause", "CALENDAR_GONE")
		}
	}
}
