package gateway

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/redress-dev/redress/gen/covers"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
)

// TestTerms: a promise in days is told as such, since a duration cannot say it.
func TestTerms(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ACK-3", "CLK-2")
	hour := &policyv1.Clock{Within: durationpb.New(time.Hour), Measure: policyv1.Clock_ELAPSED}
	all := terms(&policyv1.SeverityClocks{Contact: hour, FirstResponse: hour, Callback: hour, Resolution: &policyv1.Clock{
		Days: 3, Measure: policyv1.Clock_BUSINESS_DAYS, Limit: durationpb.New(240 * time.Hour),
	}})
	require.Len(t, all, 1)
	require.Equal(t, policyv1.DutyKind_RESOLUTION, all[0].GetKind())
	require.Equal(t, policyv1.Clock_BUSINESS_DAYS, all[0].GetMeasure())
	require.Equal(t, int32(3), all[0].GetDays())
	require.Equal(t, 240*time.Hour, all[0].GetLimit().AsDuration())
}
