package intake

import (
	"context"
	"slices"
	"strings"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
)

// DirectoryEntry is what intake keeps of a department or a person of routing's directory: who leads whom decides who may appeal and
// who may not decide (ASSESS-4), and letters name departments as customers know them.
type DirectoryEntry struct {
	// Name is "departments/{department}" or "agents/{agent}".
	Name string
	// Manager is that of a department, Supervisor that of a department or a person: "agents/{agent}", empty for nobody.
	Manager, Supervisor string
	// Alias is what customers call a department, by language.
	Alias map[string]string
	// Active is false for who has left, and for what is no more. Rulings of before go on to name them.
	Active bool
}

// DirectoryStore keeps what routing tells of the directory. Each method is one transaction.
type DirectoryStore interface {
	// Directory reads the entries of these names, or all when none is given, by name.
	Directory(ctx context.Context, names ...string) ([]DirectoryEntry, error)
	// NoteDirectory puts the entry that an event tells of, unless the event was applied before: first is false then.
	NoteDirectory(ctx context.Context, event *eventv1.Event, entry DirectoryEntry) (first bool, err error)
}

// directory is the entries by name.
type directory map[string]DirectoryEntry

// directory reads the whole directory. Before routing has told anything it is the policy's, which is what routing begins with.
func (s *Service) directory(ctx context.Context) (directory, error) {
	entries, err := s.people.Directory(ctx)
	if err != nil {
		return nil, err
	}
	if len(entries) == 0 {
		entries = seeds(s.policy.Proto().GetDirectory())
	}
	all := make(directory, len(entries))
	for _, entry := range entries {
		all[entry.Name] = entry
	}
	return all, nil
}

func seeds(d *policyv1.Directory) (entries []DirectoryEntry) {
	for _, department := range d.GetDepartments() {
		entries = append(entries, DirectoryEntry{
			Name: "departments/" + department.GetId(), Manager: agentName(department.GetManager()), Supervisor: agentName(department.GetSupervisor()),
			Alias: department.GetAlias(), Active: true,
		})
	}
	for _, agent := range d.GetAgents() {
		entries = append(entries, DirectoryEntry{Name: agentName(agent.GetId()), Supervisor: agentName(agent.GetSupervisor()), Active: true})
	}
	return entries
}

// agentName is empty for nobody.
func agentName(id string) string {
	if id == "" {
		return ""
	}
	return "agents/" + id
}

// team is what customers call a department in a language; empty when it has no such name.
func (s *Service) team(ctx context.Context, department, language string) (string, error) {
	entries, err := s.people.Directory(ctx, department)
	if err != nil {
		return "", err
	}
	if len(entries) == 0 {
		return s.policy.Team(department, language), nil
	}
	return entries[0].Alias[language], nil
}

// concerned tells whether a ruling on these is about somebody: they are named, or
// lead a department that is.
func (d directory) concerned(who string, names []string) bool {
	return slices.Contains(names, who) || slices.ContainsFunc(names, func(name string) bool {
		department, ok := d[name]
		return ok && isDepartment(name) && (who == department.Supervisor || who == department.Manager)
	})
}

// mayAppeal tells whether a ruling on these concerns somebody, or one of those whose
// supervisor they are.
func (d directory) mayAppeal(who string, names []string) bool {
	return d.concerned(who, names) || slices.ContainsFunc(names, func(name string) bool {
		agent, ok := d[name]
		return ok && agent.Supervisor != "" && who == agent.Supervisor
	})
}

// applyDirectory notes what routing tells of a department or a person; teams are none of intake's.
func (s *Service) applyDirectory(ctx context.Context, event *eventv1.Event, told *eventv1.DirectoryChanged) (first bool, err error) {
	if !isDepartment(told.GetResource()) && !isAgent(told.GetResource()) {
		return s.store.Apply(ctx, event, "", nil)
	}
	entry := DirectoryEntry{Name: told.GetResource(), Manager: told.GetManager(), Supervisor: told.GetSupervisor(), Alias: told.GetAlias(), Active: told.GetActive()}
	first, err = s.people.NoteDirectory(ctx, event, entry)
	return first, fault(err)
}

func isDepartment(name string) bool { return within("departments/", name) }

func isAgent(name string) bool { return within("agents/", name) }

// within tells whether a name has the form of one in a collection of the directory.
func within(collection, name string) bool {
	id, ok := strings.CutPrefix(name, collection)
	return ok && id != "" && len(id) <= 63 && strings.Trim(id, "abcdefghijklmnopqrstuvwxyz0123456789-") == ""
}

// targetAgent is who of ours is complained about, when the customer's words, or the agent's who wrote them down, name one by
// resource name: whoever has a person's name only cannot be told from others of that name.
func targetAgent(person string) string {
	if isAgent(person) {
		return person
	}
	return ""
}
