package main

import (
	"context"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"

	"github.com/redress-dev/redress/gen/covers"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/internal/logtest"
)

// rulesFile is the example of the documentation.
func rulesFile(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../../../docs/routing.md")
	require.NoError(t, err)
	_, rest, found := strings.Cut(string(text), "```yaml\n")
	require.True(t, found)
	block, _, found := strings.Cut(rest, "```")
	require.True(t, found)
	return block
}

// ruleServer is a running installation, and a person who changes its rules.
type ruleServer struct {
	t              *testing.T
	address, token string
}

func serveRules(t *testing.T) *ruleServer {
	t.Helper()
	dir := installation(t)
	address := closedAddress(t)
	out, problems, _ := begin(t, []string{"serve", "all", "--data-dir", dir, "--grpc-addr=" + address, "--http-addr=127.0.0.1:0", "--admin-addr=off"},
		"REDRESS_TEMPORAL_ADDR="+closedAddress(t))
	require.Eventually(t, func() bool { return strings.HasSuffix(out.String(), "\n") }, time.Minute, 10*time.Millisecond, problems)
	token := strings.TrimSpace(call(t, []string{"token", "--data-dir", dir, "--roles", "manager,agent", "--subject", "agents/sun"}).out)
	return &ruleServer{t, address, token}
}

// rules runs a command, whose questions are answered with answer, and returns all that it said.
func (s *ruleServer) rules(code int, answer string, args ...string) string {
	s.t.Helper()
	var said logtest.Buffer
	got := run(s.t.Context(), append([]string{"rules"}, args...), []string{"TOKEN=" + s.token, "REDRESS_SERVER=" + s.address}, strings.NewReader(answer), &said, &said)
	require.Equal(s.t, code, got, said.String())
	return said.String()
}

// TestRules gets rules, changes them, and has a complaint explained by them.
func TestRules(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ROUTE-1", "ROUTE-2")
	s := serveRules(t)
	first := s.rules(done, "", "get")
	require.True(t, strings.HasPrefix(first, "# ruleSets/1, the current set."), first)
	require.Contains(t, first, "id: logistics\n")
	require.Equal(t, "nothing to change: ruleSets/1 has these rules\n", s.rules(done, "", "apply", write(t, "same.yaml", first)))

	file := write(t, "rules.yaml", rulesFile(t))
	require.Contains(t, s.rules(done, "", "check", file), "has 2 rules without a mistake")
	plan := s.rules(done, "", "apply", file, "--dry-run")
	require.Contains(t, plan, "ruleSets/1 will be replaced:\n- logistics\n")
	require.Contains(t, plan, "+ transport-damage, before parcels\n")
	require.True(t, strings.HasSuffix(plan, "the rules can be used; this was a dry run\n"), plan)
	for _, answer := range []string{"", "\n", "n\n", "what?\n"} {
		require.Contains(t, s.rules(failed, answer, "apply", file), "Replace the rules? [y/N] redress: nothing was changed")
	}
	require.Equal(t, first, s.rules(done, "", "get"), "so far nobody said yes")
	require.True(t, strings.HasSuffix(s.rules(done, "Yes\n", "apply", file), "saved as ruleSets/2, by which complaints are assigned from now on\n"))
	require.Equal(t, "nothing to change: ruleSets/2 has these rules\n", s.rules(done, "", "apply", file, "--yes"))

	// The file that was made from the first set does not undo unseen what came after it.
	stale := write(t, "stale.yaml", first)
	require.Contains(t, s.rules(failed, "y\n", "apply", stale), "was made from another set than ruleSets/2")
	require.Contains(t, s.rules(done, "", "get"), "id: transport-damage\n")
	require.True(t, strings.HasPrefix(s.rules(done, "", "get", "1"), "# ruleSets/1, not the current set."))
	var plain []string
	for line := range strings.Lines(first) {
		if !strings.HasPrefix(line, "etag:") {
			plain = append(plain, line)
		}
	}
	require.Contains(t, s.rules(done, "", "apply", write(t, "plain.yaml", strings.Join(plain, "")), "--yes"), "saved as ruleSets/3")
	require.Contains(t, s.rules(failed, "", "get", "9"), "ruleSets/9")
}

// TestRulesWithMistakes are refused with file, line and column, those that only the server finds as well.
func TestRulesWithMistakes(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ROUTE-1")
	wrong := write(t, "wrong.yaml", "rules:\n  - id: a\n    condition: complaint.angry\n    department: departments/logistics\n")
	var said logtest.Buffer
	require.Equal(t, failed, run(t.Context(), []string{"rules", "check", wrong}, nil, nil, &said, &said))
	require.Contains(t, said.String(), wrong+":3:25 rules[0].condition: undefined field 'angry'\nredress: "+wrong+" is refused: 1 mistake\n")
	require.Contains(t, call(t, []string{"rules", "check", wrong + ".none"}).errors, "no such file")
	require.Contains(t, call(t, []string{"rules", "get"}).errors, "a token is needed")

	s := serveRules(t)
	require.Contains(t, s.rules(failed, "y\n", "apply", wrong), ":3:25 ")
	unknown := write(t, "unknown.yaml", "rules:\n  - id: a\n    condition: 'true'\n    department: departments/none\n")
	for _, how := range []string{"--dry-run", "--yes"} {
		require.Contains(t, s.rules(failed, "", "apply", unknown, how), unknown+":4:17 rules[0].department: ")
	}
	require.Contains(t, s.rules(misused, "", "explain", "x", "--time", "tomorrow"), "is no time such as")
	require.Contains(t, s.rules(done, "", "get"), "# ruleSets/1, the current set.", "nothing was changed")
}

// TestRulesExplain tells of a complaint on record, by the current rules and by a file's.
func TestRulesExplain(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ROUTE-1", "ROUTE-2")
	s := serveRules(t)
	var complaint string
	c := remote{Server: s.address, Token: s.token}
	require.NoError(t, c.connect(t.Context(), func(ctx context.Context, conn *grpc.ClientConn) error {
		filed, err := intakev1.NewIntakeServiceClient(conn).CreateComplaint(ctx, &intakev1.CreateComplaintRequest{
			Statement: "The parcel never came.", Complainant: &intakev1.Complainant{Phone: "+8613812345678"},
			Target: &intakev1.Target{Kind: policyv1.TargetKind_DELIVERY},
		})
		complaint = filed.GetName()
		return err
	}))
	var told string
	require.Eventually(t, func() bool {
		var said logtest.Buffer
		code := run(t.Context(), []string{"rules", "explain", complaint}, []string{"TOKEN=" + s.token, "REDRESS_SERVER=" + s.address}, nil, &said, &said)
		told = said.String()
		return code == done
	}, time.Minute, 50*time.Millisecond, "routing hears of it")
	for _, part := range []string{complaint + ", by ruleSets/1, ", "target_kind DELIVERY", "logistics   matches", "agents/ma", "no: takes no complaints", "Given to\n"} {
		require.Contains(t, told, part)
	}
	file := write(t, "rules.yaml", rulesFile(t))
	id := strings.TrimPrefix(complaint, "complaints/")
	tried := s.rules(done, "", "explain", id, "--rules", file, "--time", "2027-02-06T02:00:00Z")
	require.Contains(t, tried, "by the rules of the file, as if it were assigned for the first time at 2027-02-06 02:00:00 UTC")
	require.Contains(t, tried, "parcels            matches")
	unknown := write(t, "unknown.yaml", "rules:\n  - id: a\n    condition: 'true'\n    department: departments/none\n")
	require.Contains(t, s.rules(failed, "", "explain", id, "--rules", unknown), unknown+":4:17 rules[0].department: ")
	require.Contains(t, s.rules(failed, "", "explain", id, "--set", "9"), "ruleSets/9")
}
