package roster_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/services/roster"
)

// states checks what holds for whatever was read: it has names, is there once, can be shown, and says that there is nothing to change
// once it is so.
func states(t *testing.T, entries []roster.Entry) []roster.Resource {
	t.Helper()
	seen := map[string]bool{}
	var all []roster.Resource
	for _, e := range entries {
		require.NotEmpty(t, e.Resource.GetName())
		require.False(t, seen[e.Resource.GetName()])
		seen[e.Resource.GetName()] = true
		for _, f := range e.Fields {
			require.NotNil(t, f)
			require.NotEqual(t, "name", string(f.Name()))
			require.NotEqual(t, "etag", string(f.Name()))
		}
		all = append(all, e.Resource)
	}
	for _, c := range roster.Plan(nil, entries, true) {
		require.NotEmpty(t, c.Lines())
	}
	require.Empty(t, roster.Plan(all, entries, true))
	return all
}

// FuzzYAML: whatever is written, reading it fails or states resources, and what is exported of them is read as the same.
func FuzzYAML(f *testing.F) {
	for _, seed := range []string{
		"", "agents: []", "agents: [null]", "agents: [{takesComplaints \r}]", "? 01", "agents: null", "agents: [{name: agents/a}]", "departments: [{name: departments/a, parent: departments/a}]",
		"teams: [{name: departments/a/teams/b, displayName: B}]", "agents: [{name: agents/a}, {name: agents/a}]", "agents: [{name: departments/a}]",
		"agents: [{name: agents/a, capacity: 0, languages: []}]", "agents: [{name: agents/a, takes_complaints: true, takesComplaints: false}]",
		"agents: &x [{name: agents/a}]\nteams: *x", "agents: [{<<: {name: agents/a}, active: false}]", "? {a: b}\n: c", "agents: {name: agents/a}",
		"agents:\n- name: agents/a\n  shifts: {timeZone: Asia/Shanghai, openings: [{days: [MONDAY], from: \"22:00\", to: \"24:00\"}]}\n" +
			"  absences: [{startTime: \"2027-02-05T16:00:00Z\", endTime: \"2027-02-12T16:00:00Z\", delegate: agents/b}]\n",
		"agents: [{name: agents/a, skills: [{name: x, level: 9}], openCount: 3, etag: x}]", "---\nagents: []\n---\nagents: []", "\ufeffagents: []",
		"departments: [{name: departments/a, alias: {en: A, zh-Hans: 甲}}]",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		entries, err := roster.ParseYAML([]byte(text), "directory.yaml")
		if err != nil {
			return
		}
		all := states(t, entries)
		written, err := roster.FormatYAML(all)
		require.NoError(t, err)
		again, err := roster.ParseYAML(written, "again.yaml")
		require.NoError(t, err, string(written))
		require.Len(t, again, len(entries))
		require.Empty(t, roster.Plan(all, again, true), string(written))
	})
}

// FuzzCSV likewise: a table states people.
func FuzzCSV(f *testing.F) {
	const all = "name,displayName,department,teams,supervisor,takesComplaints,skills,languages,capacity,active\n"
	for _, seed := range []string{
		"", "name", "name\n", "name\na\na\n", "\ufeffname,active\na,true\n", "name,name\na,b\n", "displayName\nA\n", all + "a,A,care,t;u,b,true,x=3;y=1,en;zh-Hans,0,false\n",
		all + "a,,,,,false,,,,true\n", all + "agents/a,A,departments/care,departments/care/teams/t,agents/b,1,,,-1,0\n", "name,capacity\na,99999999999\n",
		"name,skills\na,x\n", "name,shifts\na,always\n", "name\n\"a\nb\"\n", "name,displayName\na\n", " name , capacity \n a , 3 \n", "name\nb/c\n",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		entries, err := roster.ParseCSV(strings.NewReader(text), "people.csv")
		if err != nil {
			return
		}
		for _, r := range states(t, entries) {
			require.True(t, strings.HasPrefix(r.GetName(), "agents/"))
		}
	})
}

// TestWhatAFileMustNotSay is refused as a whole, with its place: half of it would be done otherwise, and who is not named may have to leave.
func TestWhatAFileMustNotSay(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"agents: [{name: agents/a}]\n---\nagents: [{name: agents/b}]\n": "directory.yaml:2:1 a second document",
		"agents: [{name: agents/a}]\nagents: [{name: agents/b}]\n":      "directory.yaml:2:1 agents: stated twice",
		"agents: &all [{name: agents/a}]\nteams: *all\n":                "aliases",
		"- agents/a\n":                   "departments, teams and agents",
		"agents: [{takesComplaints \r}]": "directory.yaml:",
		"? 01":                           "directory.yaml:",
	} {
		_, err := roster.ParseYAML([]byte(text), "directory.yaml")
		require.ErrorContains(t, err, want, text)
	}
	entries, err := roster.ParseYAML([]byte("# Nobody.\n"), "directory.yaml")
	require.NoError(t, err)
	require.Empty(t, entries)
}
