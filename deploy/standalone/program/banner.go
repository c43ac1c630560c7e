package program

import (
	"fmt"
	"strings"

	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
)

// bannerStatement is what the ready-to-paste call files.
const bannerStatement = "I asked to pause my broadband for two months and was told to pay a penalty. Call me back."

// Banner says where everything is, and how to file a first complaint.
func (p *Program) Banner() string {
	token, err := p.Token("agents/dev", authv1.Role_AGENT, authv1.Role_SUPERVISOR, authv1.Role_MANAGER, authv1.Role_OPERATOR, authv1.Role_AUDITOR)
	if err != nil {
		token = "(no token: " + err.Error() + ")"
	}
	var b strings.Builder
	scheme := p.cfg.Suite.TLS.Scheme()
	fmt.Fprintf(&b, "\nRedress is running. Data is in %s.\n\n", p.cfg.Suite.DataDir)
	fmt.Fprintf(&b, "  REST          %s://%s/v1      browse it at %s://%s/docs/\n", scheme, p.HTTPAddress(), scheme, p.HTTPAddress())
	fmt.Fprintf(&b, "  gRPC          %s                all services, health, reflection\n", p.GRPCAddress())
	if p.UIAddress() != "" {
		fmt.Fprintf(&b, "  Temporal UI   http://%s/namespaces/%s/workflows\n", p.UIAddress(), Namespace)
	}
	if p.AdminAddress() != "" {
		fmt.Fprintf(&b, "  Operators     %s://%s/metrics and /readyz\n", scheme, p.AdminAddress())
	}
	fmt.Fprintf(&b, "  Temporal      %s                namespace %s\n\n", p.TemporalAddress(), Namespace)
	fmt.Fprintf(&b, "File a complaint (development token, good for 24 hours):\n\n")
	fmt.Fprintf(&b, "  export TOKEN=%s\n\n", token)
	fmt.Fprintf(&b, "  curl -sS %s://%s/v1/complaints -H \"Authorization: Bearer $TOKEN\" -H 'Idempotency-Key: from-the-banner' \\\n", scheme, p.HTTPAddress())
	fmt.Fprintf(&b, "    -d '{\"statement\":%q,\"complainant\":{\"phone\":\"+86 138 1234 5678\"}}'\n\n", bannerStatement)
	fmt.Fprintf(&b, "Ctrl-C stops it; the next start carries on.\n\n")
	return b.String()
}
