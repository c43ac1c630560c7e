package policy_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	"github.com/redress-dev/redress/services/internal/policy"
)

// TestDefaultNumbersOfRemedies are those of the requirements.
func TestDefaultNumbersOfRemedies(t *testing.T) {
	t.Parallel()
	p, err := policy.Default()
	require.NoError(t, err)
	remedies := p.Proto().GetRemedies()
	require.EqualValues(t, 2, remedies.GetOptionsLeast())
	require.EqualValues(t, 4*3600, remedies.GetApprovals().GetWithin().GetSeconds())
	require.EqualValues(t, 3600, remedies.GetApprovals().GetUrgentWithin().GetSeconds())
	require.EqualValues(t, 50, remedies.GetApprovals().GetRemindPercent())
	for _, lead := range remedies.GetLeadTimes() {
		switch lead.GetKind() {
		case "REFUND":
			require.EqualValues(t, 24*3600, lead.GetWithin().GetSeconds())
		case "RESHIP":
			require.EqualValues(t, 12*3600, lead.GetWithin().GetSeconds())
		}
	}
	for _, row := range remedies.GetAuthority() {
		require.False(t, row.GetCash() && row.GetRole() == authv1.Role_AGENT, "cash always needs approval")
	}
	require.LessOrEqual(t, p.Proto().GetAccountability().GetMonthPercentMost(), int32(20))
}

// TestCashIsGrantedByNobodyAlone: no policy can say otherwise (REM-3).
func TestCashIsGrantedByNobodyAlone(t *testing.T) {
	t.Parallel()
	_, err := policy.Parse([]byte("remedies:\n  authority:\n    - {role: AGENT, kinds: [COMPENSATION], up_to: \"50\", cash: true}\n"), "firm.yaml")
	require.ErrorContains(t, err, "firm.yaml:3:")
	require.ErrorContains(t, err, "cash always needs approval")
	_, err = policy.Parse([]byte("accountability:\n  month_percent_most: 30\n"), "firm.yaml")
	require.ErrorContains(t, err, "month_percent_most")
}

// TestNumbersOfRemediesMakeSense: what would be no rule is refused where it stands.
func TestNumbersOfRemediesMakeSense(t *testing.T) {
	t.Parallel()
	for said, want := range map[string]string{
		`{caps: {complaint: "0.001"}}`:                                          "caps.complaint",
		`{currency: JPY, currency_digits: 0, caps: {customer: "1.5"}}`:          "caps.customer",
		`{doubts: {entitlement_from: "1.001"}}`:                                 "doubts.entitlement_from",
		`{authority: [{role: AGENT, up_to: "1.001"}]}`:                          "authority[0].up_to",
		`{budgets: [{department: a, month: "1"}, {department: a, month: "2"}]}`: "has a budget already",
		`{approvals: {second_from: "9.999"}}`:                                   "second_from",
		`{approvals: {levels: [{role: DEPARTMENT_MANAGER, authority: MANAGER}, {role: TEAM_SUPERVISOR, authority: EXECUTIVE}]}}`:  "is not above",
		`{approvals: {levels: [{role: TEAM_SUPERVISOR, authority: MANAGER}, {role: DEPARTMENT_MANAGER, authority: SUPERVISOR}]}}`: "may grant less",
		`{lead_times: [{kind: REFUND, within: 1h}]}`:               "RETURN has none",
		`{lead_times: [{kind: REFUND, within: 1h, at_least: 2h}]}`: "always be too soon",
	} {
		_, err := policy.Parse([]byte("remedies: "+said), "firm.yaml")
		require.ErrorContains(t, err, want, said)
	}
}
