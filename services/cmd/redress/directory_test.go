package main

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/gen/covers"
)

// example is a block of the documentation.
func example(t *testing.T, language string) string {
	t.Helper()
	text, err := os.ReadFile("../../../docs/directory.md")
	require.NoError(t, err)
	_, rest, found := strings.Cut(string(text), "```"+language+"\n")
	require.True(t, found)
	block, _, found := strings.Cut(rest, "```")
	require.True(t, found)
	return block
}

// TestDirectory applies the examples of the documentation, exports what came of them, and brings people back and forth.
func TestDirectory(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ROUTE-1", "ROUTE-2")
	dir := installation(t)
	address := closedAddress(t)
	out, errors, _ := begin(t, []string{"serve", "all", "--data-dir", dir, "--grpc-addr=" + address, "--http-addr=127.0.0.1:0", "--admin-addr=off"},
		"REDRESS_TEMPORAL_ADDR="+closedAddress(t))
	require.Eventually(t, func() bool { return strings.HasSuffix(out.String(), "\n") }, time.Minute, 10*time.Millisecond, errors)
	token := strings.TrimSpace(call(t, []string{"token", "--data-dir", dir, "--roles", "manager", "--subject", "agents/sun"}).out)
	directory := func(code int, args ...string) string {
		t.Helper()
		got := call(t, append([]string{"directory"}, args...), "TOKEN="+token, "REDRESS_SERVER="+address)
		require.Equal(t, code, got.code, got.errors)
		return got.out + got.errors
	}
	yaml, csv := write(t, "people.yaml", example(t, "yaml")), write(t, "people.csv", example(t, "csv"))
	before := directory(done, "export")
	require.Contains(t, before, "    displayName: Lin Xiao\n")
	plan := directory(done, "apply", yaml, "--dry-run")
	require.Contains(t, plan, `+ departments/claims: displayName "Claims", manager "agents/guo"`)
	require.True(t, strings.HasSuffix(plan, "4 changes to make; this was a dry run\n"), plan)
	require.Equal(t, before, directory(done, "export"), "a dry run changes nothing")
	require.True(t, strings.HasSuffix(directory(done, "apply", yaml), "4 changes made\n"))
	require.Equal(t, "nothing to change\n", directory(done, "apply", yaml))

	table := directory(done, "apply", csv)
	require.Contains(t, table, "~ agents/bo.capacity: 25 -> 30\n")
	require.Contains(t, table, `~ agents/bo.skills: [{"name":"claims","level":3}] -> [{"name":"claims","level":4},{"name":"photos","level":2}]`)
	require.NotContains(t, table, "shifts", "what the table says nothing of stays")
	require.Contains(t, table, "+ agents/ying: ")
	require.Equal(t, "nothing to change\n", directory(done, "apply", csv))
	after := directory(done, "export")
	require.Equal(t, "nothing to change\n", directory(done, "apply", write(t, "export.yaml", after), "--prune"))

	// The line is turned round: whoever was below is above now.
	turned := directory(done, "apply", write(t, "turned.yaml", `agents:
  - {name: agents/mei, supervisor: agents/bo}
  - {name: agents/bo, supervisor: ""}
`))
	require.Equal(t, "~ agents/bo.supervisor: \"agents/mei\" -> nothing\n~ agents/mei.supervisor: \"agents/guo\" -> \"agents/bo\"\n2 changes made\n", turned)

	without := write(t, "without.yaml", strings.Replace(after, "agents/ying", "agents/yang", 1))
	pruned := directory(done, "apply", without, "--prune")
	require.Contains(t, pruned, "- agents/ying\n")
	require.Contains(t, pruned, "+ agents/yang: ")
	require.Contains(t, directory(done, "export"), "name: agents/ying")
	require.Contains(t, directory(done, "apply", write(t, "back.csv", "name,active\nying,true\n")), "~ agents/ying.active: false -> true\n")

	require.Contains(t, directory(failed, "apply", write(t, "none.yaml", "agents:\n  - {name: agents/bo, department: departments/none}\n")),
		"agents/bo: ")
	for name, text := range map[string]string{
		"unknown.yaml": "agents:\n  - {name: agents/bo, shoeSize: 43}\n",
		"twice.yaml":   "agents:\n  - {name: agents/bo}\n  - {name: agents/bo}\n",
		"nameless.yml": "agents:\n  - {displayName: Bo}\n",
		"team.yaml":    "teams:\n  - {name: agents/bo}\n",
		"column.csv":   "name,shoeSize\nbo,43\n",
		"skill.csv":    "name,skills\nbo,claims\n",
		"people.txt":   "bo",
		"empty.csv":    "",
	} {
		require.NotEmpty(t, directory(misused, "apply", write(t, name, text)), name)
	}
	require.Contains(t, call(t, []string{"directory", "export"}).errors, "a token is needed")
}
