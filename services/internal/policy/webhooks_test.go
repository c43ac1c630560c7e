package policy_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/services/internal/policy"
)

// TestWebhooks: places that requests can go to, pauses that grow, and a log that is kept for as long as anything is tried.
func TestWebhooks(t *testing.T) {
	t.Parallel()
	for text, problem := range map[string]string{
		`allow: ["10.1.2.3/8"]`:             "webhooks.allow[0]: the prefix is written 10.0.0.0/8",
		`allow: ["*.example"]`:              "webhooks.allow[0]: it is no prefix",
		`allow: ["https://erp.example"]`:    "webhooks.allow[0]: it is no prefix",
		`allow: ["ERP.example"]`:            "webhooks.allow[0]: it is no prefix",
		`retry_at_most: 1s`:                 "webhooks.retry_at_most: it is shorter than retry_after",
		`keep_for: 3600s`:                   "webhooks.keep_for: it is shorter than give_up_after",
		`timeout: 0s`:                       "webhooks.timeout",
		`concurrency: 0`:                    "webhooks.concurrency",
		`secret_overlap: 99999h`:            "webhooks.secret_overlap",
		`allow: ["a.example", "a.example"]`: "webhooks.allow",
	} {
		_, err := policy.Parse([]byte("webhooks: {"+text+"}\n"), "p.yaml")
		require.ErrorContains(t, err, problem, text)
	}
	p, err := policy.Parse([]byte("webhooks: {allow: [10.0.0.0/8, \"fd00::/8\", 192.168.7.7, erp.inside.example, erp]}\n"), "p.yaml")
	require.NoError(t, err)
	require.False(t, p.Proto().GetWebhooks().GetEnabled(), "off until somebody says otherwise")
}
