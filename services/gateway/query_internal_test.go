package gateway

import (
	"regexp"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestURLsCarryNoPersonalData: every proxy on the way writes URLs down, so what may be personal stands in a body. Who adds a
// parameter says here that it holds no more than sizes, languages and the names of resources.
func TestURLsCarryNoPersonalData(t *testing.T) {
	t.Parallel()
	harmless := []string{"page_size", "page_token", "filter", "order_by", "language_code", "update_mask", "parent", "etag",
		"department_id", "team_id", "agent_id", "show_inactive", "department", "severity", "mine", "validate_only", "all_versions",
		"version", "kind"}
	variable := regexp.MustCompile(`\{([^=}]*)`)
	var parameters, variables []string
	for _, service := range contract() {
		for i := range service.Methods().Len() {
			method := service.Methods().Get(i)
			for _, rule := range rulesOf(method) {
				_, path := pathOf(rule)
				both := parametersOf(method.Input(), rule.GetBody(), path)
				for j := 1; j < len(both); j += 2 {
					if !slices.Contains(harmless, both[j]) {
						parameters = append(parameters, string(method.FullName())+": "+both[j])
					}
				}
				for _, found := range variable.FindAllStringSubmatch(path, -1) {
					variables = append(variables, found[1])
				}
			}
		}
	}
	require.Empty(t, parameters)
	for _, variable := range variables {
		if variable == "token" { // The link of a survey, which is spent when it is used, and tells nothing of anybody.
			continue
		}
		require.Regexp(t, `^([a-z_]+\.)?(name|parent)$`, variable, "paths hold the names of resources")
	}
}
