package followup_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/gen/covers"
	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
)

// An imported complaint whose customer hears nothing of it is promised no acknowledgement and no contact, and what is owed is owed
// by its original times: broken at once when they have passed, and nobody is warned of it.
func TestImportedComplaintOwesNoMessage(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REC-8")
	d := newDesk(t)
	for _, notify := range []bool{false, true} {
		complaint := "complaints/" + d.ids.ID()
		d.clock.Set(start())
		p := d.received(t, policyv1.Severity_NORMAL)
		d.clock.Set(start().Add(100 * time.Hour))
		e := p.GetComplaintReceived()
		e.Imported, e.NotifyCustomer = true, notify
		if !notify {
			e.Targets.Acknowledge, e.Targets.Contact = nil, nil
		}
		d.happens(t, complaint, 1, p)
		duties := d.duties(t, complaint)
		require.Equal(t, notify, duties["1-acknowledge"] != nil)
		require.Equal(t, notify, duties["1-contact"] != nil)
		callback := duties["1-callback"]
		require.True(t, callback.GetOverdue())
		require.Equal(t, start().Add(24*time.Hour), callback.GetDueTime().AsTime())
		require.Empty(t, callback.GetWarnTimes())
		require.Equal(t, followupv1.Settlement_MISSED, d.settle(t, complaint, "1-callback").GetAnswer())
		require.Equal(t, followupv1.Settlement_MISSED, d.settle(t, complaint, "1-callback").GetAnswer())
		require.Len(t, d.settled(t, complaint, "1-callback"), 1, "broken once")
	}
}
