package suite

import (
	"fmt"
	"slices"
	"strings"
)

// Role is a part of Redress that can run in a process of its own.
type Role string

// The roles. A process may have any of them, and any of them may run several times.
const (
	// Intake keeps complaints, messages and customers' keys.
	Intake Role = "intake"
	// Routing knows who is in charge and climbs the ladder.
	Routing Role = "routing"
	// Remedy keeps proposals.
	Remedy Role = "remedy"
	// Followup keeps what is owed: duties, callbacks, messages sent.
	Followup Role = "followup"
	// Gateway is the REST edge and the timeline.
	Gateway Role = "gateway"
	// Worker carries out the workflows.
	Worker Role = "worker"
	// Review keeps what is learned from complaints that are over.
	Review Role = "review"
)

// Roles lists all roles, in the order in which a complaint meets them.
func Roles() []Role { return []Role{Intake, Routing, Remedy, Followup, Gateway, Worker, Review} }

// ParseRoles reads names of roles; "all" is every one of them. Its error lists the roles.
func ParseRoles(names []string) ([]Role, error) {
	if len(names) == 1 && names[0] == "all" {
		return Roles(), nil
	}
	var roles []Role
	for _, name := range names {
		role := Role(name)
		switch {
		case !slices.Contains(Roles(), role):
			return nil, fmt.Errorf("no role %q: there are %s, or all for every one of them", name, roleNames(Roles()))
		case slices.Contains(roles, role):
			return nil, fmt.Errorf("the role %q is named twice", name)
		}
		roles = append(roles, role)
	}
	if len(roles) == 0 {
		return nil, fmt.Errorf("name at least one role: %s, or all", roleNames(Roles()))
	}
	return roles, nil
}

func roleNames(roles []Role) string {
	names := make([]string, len(roles))
	for i, role := range roles {
		names[i] = string(role)
	}
	return strings.Join(names, ", ")
}

// stores tells whether the role has a database and an event log.
func (r Role) stores() bool { return r != Gateway && r != Worker }

// port is where a process answers by default whose first role this is: base and 0 for all roles in one process.
func port(roles []Role, base int) int {
	if len(roles) == len(Roles()) {
		return base
	}
	return base + 1 + slices.Index(Roles(), roles[0])
}
