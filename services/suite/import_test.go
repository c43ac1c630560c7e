package suite_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/gen/covers"
	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	"github.com/redress-dev/redress/services/suite"
)

// TestDryRunOverREST: rows with one external id that differ are told before anything is filed.
func TestDryRunOverREST(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REC-8")
	h := moveIn(t, func(*suite.Config) {})
	token, err := suite.DevelopmentToken(h.cfg.DataDir, "agents/zhao", []authv1.Role{authv1.Role_SUPERVISOR}, time.Hour, time.Now)
	require.NoError(t, err)
	h.token = token
	received := time.Now().Add(-72 * time.Hour).UTC().Format(time.RFC3339)
	row := func(statement string) string {
		return fmt.Sprintf(`{"externalId":"T-1","complaint":{"statement":%q,"complainant":{"customerId":"1"},"receiveTime":%q}}`+"\n", statement, received)
	}
	file := row("the first") + row("the second") + row("the first")
	dry := h.call(http.MethodPost, "/v1/complaints:import?source=crm&dryRun=true", strings.NewReader(file))
	require.Equal(t, http.StatusOK, dry.status, dry.text)
	lines := strings.Split(strings.TrimSpace(dry.text), "\n")
	require.Len(t, lines, 3)
	require.NotContains(t, lines[0], `"already":true`)
	require.Contains(t, lines[1], `"conflict":true`)
	require.Contains(t, lines[2], `"already":true`)
	require.NotContains(t, lines[2], `"conflict":true`)
	require.NotContains(t, dry.text, "complaints/", "nothing is filed")
}
