package routing

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"google.golang.org/protobuf/proto"

	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
	"github.com/redress-dev/redress/services/internal/calendar"
	"github.com/redress-dev/redress/services/internal/policy"
	"github.com/redress-dev/redress/services/routing/rule"
)

// Resource is what the directory consists of: *routingv1.Department, *routingv1.Team and *routingv1.Agent.
type Resource interface {
	proto.Message
	// GetName is its name.
	GetName() string
	// GetEtag is its etag.
	GetEtag() string
}

// Directory is departments, teams and people as of one version. It never changes and is safe for concurrent use. Agents have no
// open_count: that changes with each assignment.
type Directory struct {
	// Version grows with every change; 0 when nothing was ever written, 1 when nobody was told yet of what is there.
	Version int64

	resources map[string]Resource
	members   map[string][]string         // Names of the agents of a department, those who have left too, in order.
	shifts    map[string]*calendar.Weekly // By the agent's name; nobody who is always on shift.
	rules     *rule.Set                   // Nil before the first set was saved.
}

// NewDirectory makes the directory of a version. It fails for shifts that no check would have let in.
func NewDirectory(version int64, resources []Resource) (*Directory, error) {
	d := &Directory{Version: version, resources: map[string]Resource{}, members: map[string][]string{}, shifts: map[string]*calendar.Weekly{}}
	for _, r := range resources {
		d.resources[r.GetName()] = r
		agent, ok := r.(*routingv1.Agent)
		if !ok {
			continue
		}
		d.members[agent.GetDepartment()] = append(d.members[agent.GetDepartment()], agent.GetName())
		if agent.GetShifts() != nil {
			weekly, err := policy.Weekly(agent.GetShifts())
			if err != nil {
				return nil, fmt.Errorf("routing: shifts of %s: %w", agent.GetName(), err)
			}
			d.shifts[agent.GetName()] = weekly
		}
	}
	for _, names := range d.members {
		slices.Sort(names)
	}
	return d, nil
}

// After is the directory of another version, with some resources in the place of those of their names, and without some.
func (d *Directory) After(version int64, put, removed []Resource) (*Directory, error) {
	others := maps.Clone(d.resources)
	for _, r := range put {
		others[r.GetName()] = r
	}
	for _, r := range removed {
		delete(others, r.GetName())
	}
	next, err := NewDirectory(version, slices.Collect(maps.Values(others)))
	if err != nil {
		return nil, err
	}
	return next.WithRules(d.rules), nil
}

// WithRules is the directory with other rules.
func (d *Directory) WithRules(rules *rule.Set) *Directory {
	next := *d
	next.rules = rules
	return &next
}

// Rules are the current ones; nil before the first set was saved.
func (d *Directory) Rules() *rule.Set { return d.rules }

// Find is the resource of a name; nil when there is none.
func (d *Directory) Find(name string) Resource { return d.resources[name] }

// names lists the resources of one kind by name, after the given one.
func (d *Directory) names(is func(Resource) bool, after string) []string {
	var names []string
	for name, r := range d.resources {
		if name > after && is(r) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// department is the department of an id; nil when there is none.
func (d *Directory) department(id string) *routingv1.Department {
	department, _ := d.resources[departmentName(id)].(*routingv1.Department)
	return department
}

// agent is the person of a name; nil when there is none.
func (d *Directory) agent(name string) *routingv1.Agent {
	agent, _ := d.resources[name].(*routingv1.Agent)
	return agent
}

// isActive is true for everybody of whom the opposite is not said.
func isActive(agent *routingv1.Agent) bool {
	return agent != nil && (agent.Active == nil || agent.GetActive())
}

// onShift tells whether somebody is on shift. Who has no shifts always is.
func (d *Directory) onShift(agent string, now time.Time) bool {
	weekly := d.shifts[agent]
	return weekly == nil || weekly.NextOpening(now).Equal(now)
}

// workedSince tells whether somebody who is off shift has been on shift since a moment.
func (d *Directory) workedSince(agent string, since, now time.Time) bool {
	weekly := d.shifts[agent]
	return weekly == nil || weekly.NextOpening(since).Before(now)
}

// absence is the one that somebody is in; nil for none.
func absence(agent *routingv1.Agent, now time.Time) *routingv1.Absence {
	for _, a := range agent.GetAbsences() {
		if !now.Before(a.GetStartTime().AsTime()) && now.Before(a.GetEndTime().AsTime()) {
			return a
		}
	}
	return nil
}

// agentID takes the id out of "agents/{id}"; empty for nobody.
func agentID(name string) string { return strings.TrimPrefix(name, "agents/") }

// departmentID takes the id out of "departments/{id}".
func departmentID(name string) string { return strings.TrimPrefix(name, "departments/") }

// DepartmentOf is the name of an agent's department; empty when there is no such agent.
func (d *Directory) DepartmentOf(agent string) string { return d.agent(agent).GetDepartment() }
