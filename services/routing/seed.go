package routing

import (
	"context"
	"maps"
	"slices"

	"google.golang.org/protobuf/proto"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
	"github.com/redress-dev/redress/services/internal/eventlog"
)

// never and untold are the versions of a directory to which nothing was written, and of one that was the policy's until now.
const (
	never  = 0
	untold = 1
)

// SeedDirectory writes the policy's departments and people, once, and its rules as the first set: a directory that was ever written, and
// rules that were ever saved, stay as they are; whoever they or the policy name and the directory lacks is logged. Call it at the start, before complaints are assigned.
func (s *Service) SeedDirectory(ctx context.Context) error {
	_, _, err := s.deps.Directory.Amend(ctx, eventlog.Cause{}, func(a *Amendment) error {
		var resources []Resource
		switch a.Directory.Version {
		case never:
			resources = seeds(s.deps.Policy.Proto().GetDirectory(), s.deps.Policy.Languages())
		case untold: // Others are to hear of those who are there.
			for _, name := range slices.Sorted(maps.Keys(a.Directory.resources)) {
				resources = append(resources, proto.Clone(a.Directory.Find(name)).(Resource))
			}
		}
		if a.Directory.rules == nil {
			if err := s.seedRules(ctx, a); err != nil {
				return err
			}
		}
		if len(resources) == 0 {
			s.warn(ctx, a)
			return nil
		}
		// All at once: they name each other.
		whole, err := NewDirectory(a.Directory.Version, resources)
		if err != nil {
			return err
		}
		return s.putAll(ctx, a, whole, resources)
	})
	return err
}

// putAll has all of a first directory written.
func (s *Service) putAll(ctx context.Context, a *Amendment, whole *Directory, resources []Resource) error {
	version := a.Directory.Version
	for _, r := range resources {
		trial := &Amendment{Directory: whole}
		if err := s.put(ctx, trial, r, nil); err != nil && version == never {
			return err // What was the policy's before stays, whatever we think of it now.
		} else if err != nil {
			trial.Put, trial.Drafts = []Resource{r}, []eventlog.Draft{s.changed(ctx, r, eventv1.DirectoryChanged_ADDED)}
		}
		a.Put, a.Drafts = append(a.Put, trial.Put...), append(a.Drafts, trial.Drafts...)
		if agent, ok := r.(*routingv1.Agent); ok && !isActive(agent) { // Those who left the policy's directory kept their complaints.
			if _, err := s.release(ctx, a, agent); err != nil {
				return err
			}
		}
	}
	return nil
}

// warn logs whom the policy or the rules name and nobody knows.
func (s *Service) warn(ctx context.Context, a *Amendment) {
	d, rules, set := a.Directory, s.deps.Policy.Proto().GetDirectory(), a.Directory.rules
	if a.Rules != nil {
		set = a.Rules
	}
	named := []string{departmentName(rules.GetDefaultDepartment()), agentName(rules.GetExecutive())}
	for _, r := range set.Proto().GetRules() {
		named = append(named, r.GetDepartment())
	}
	for _, name := range slices.Compact(slices.Sorted(slices.Values(named))) {
		if agent, ok := d.Find(name).(*routingv1.Agent); d.Find(name) == nil || ok && !isActive(agent) {
			s.deps.Logger.WarnContext(ctx, "the policy or the rules name somebody or something that is not in the directory", "name", name)
		}
	}
}

// seeds are the policy's departments and people. Who speaks no language there speaks all.
func seeds(directory *policyv1.Directory, languages []string) []Resource {
	var all []Resource
	for _, d := range directory.GetDepartments() {
		all = append(all, &routingv1.Department{
			Name: departmentName(d.GetId()), DisplayName: d.GetDisplayName(), Manager: agentName(d.GetManager()),
			Supervisor: agentName(d.GetSupervisor()), Alias: d.GetAlias(),
		})
	}
	for _, a := range directory.GetAgents() {
		agent := &routingv1.Agent{
			Name: agentName(a.GetId()), DisplayName: a.GetDisplayName(), Department: departmentName(a.GetDepartment()),
			Supervisor: agentName(a.GetSupervisor()), TakesComplaints: a.GetTakesComplaints(), Languages: a.GetLanguages(),
		}
		if len(agent.GetLanguages()) == 0 {
			agent.Languages = languages
		}
		for _, skill := range slices.Sorted(maps.Keys(a.GetSkills())) {
			agent.Skills = append(agent.Skills, &routingv1.Skill{Name: skill, Level: a.GetSkills()[skill]})
		}
		all = append(all, agent)
	}
	return all
}
