package routing

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
	"github.com/redress-dev/redress/services/internal/eventlog"
	"github.com/redress-dev/redress/services/routing/rule"
)

// currentRules names the set that complaints are assigned by.
const currentRules = "ruleSets/current"

// errRaced tells that somebody else saved a set between two looks at how many there are.
var errRaced = errors.New("routing: another set of rules was saved meanwhile")

// CreateRuleSet saves rules as the next set and makes it the current one (ROUTE-1). A repeated command is answered with what it saved.
func (s *Service) CreateRuleSet(ctx context.Context, req *routingv1.CreateRuleSetRequest) (*routingv1.RuleSet, error) {
	compiled, err := s.compile(req.GetRuleSet().GetRules())
	if err != nil {
		return nil, err
	}
	for {
		name, err := s.saveRules(ctx, compiled, req.GetEtag())
		if errors.Is(err, errRaced) {
			continue
		}
		if err != nil {
			return nil, err
		}
		return s.ruleSet(ctx, name)
	}
}

// saveRules saves a set under the number that is the next one now.
func (s *Service) saveRules(ctx context.Context, compiled *rule.Set, etag string) (string, error) {
	newest, err := s.deps.Directory.RuleSets(ctx, 0, 1)
	if err != nil {
		return "", err
	}
	number := int32(1)
	for _, set := range newest {
		number += ruleSetNumber(set.GetName())
	}
	return s.amend(ctx, ruleSetName(number), func(a *Amendment) error {
		if a.RuleSets != number-1 {
			return errRaced
		}
		if err := freshRules(a, etag); err != nil {
			return err
		}
		if err := a.Directory.checkRules(compiled, "rule_set.rules[%d]."); err != nil {
			return err
		}
		s.activate(ctx, a, compiled.As(func(set *routingv1.RuleSet) {
			set.Name, set.CreateTime = ruleSetName(number), timestamppb.New(s.now())
		}), true)
		return nil
	})
}

// ActivateRuleSet makes an earlier set the current one, if it can be used with today's directory. That of the current one changes nothing.
func (s *Service) ActivateRuleSet(ctx context.Context, req *routingv1.ActivateRuleSetRequest) (*routingv1.RuleSet, error) {
	saved, err := s.ruleSet(ctx, req.GetName())
	if err != nil {
		return nil, err
	}
	compiled, err := rule.Compile(saved)
	if err != nil {
		return nil, err
	}
	name, err := s.amend(ctx, req.GetName(), func(a *Amendment) error {
		if err := freshRules(a, req.GetEtag()); err != nil || a.Directory.rules.Name() == req.GetName() {
			return err
		}
		if err := checkConditions(compiled, ""); err != nil {
			return err
		}
		if err := a.Directory.checkRules(compiled, ""); err != nil {
			return err
		}
		s.activate(ctx, a, compiled, false)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return s.ruleSet(ctx, name)
}

// activate has a set made the current one, with the event of it: who reads it finds the rules themselves where they are kept.
func (s *Service) activate(ctx context.Context, a *Amendment, set *rule.Set, saved bool) {
	set = set.As(func(next *routingv1.RuleSet) {
		next.Etag = strconv.Quote(strconv.FormatInt(a.Directory.Version+1, 36))
		next.Current, next.ActivateTime = true, timestamppb.New(s.now())
	})
	a.Rules = set
	a.Drafts = append(a.Drafts, eventlog.Draft{
		Subject: set.Name(), Actor: actorOrSelf(ctx), RecordTime: s.now(),
		Payload: &eventv1.Payload{Kind: &eventv1.Payload_RuleSetActivated{RuleSetActivated: &eventv1.RuleSetActivated{
			RuleSet: set.Name(), Previous: a.Directory.rules.Name(), Saved: saved, RuleCount: int32(len(set.Proto().GetRules())),
			Etag: set.Proto().GetEtag(),
		}}},
	})
}

// freshRules refuses a change by somebody who has not seen the current set, if an etag is told.
func freshRules(a *Amendment, etag string) error {
	if current := a.Directory.rules; etag != "" && (current == nil || current.Proto().GetEtag() != etag) {
		return outdated(current.Proto().GetEtag())
	}
	return nil
}

// GetRuleSet reads a set of rules.
func (s *Service) GetRuleSet(ctx context.Context, req *routingv1.GetRuleSetRequest) (*routingv1.RuleSet, error) {
	return s.ruleSet(ctx, req.GetName())
}

// ListRuleSets lists sets of rules, the newest first.
func (s *Service) ListRuleSets(ctx context.Context, req *routingv1.ListRuleSetsRequest) (*routingv1.ListRuleSetsResponse, error) {
	size, err := s.deps.Policy.PageSize(req.GetPageSize())
	if err != nil {
		return nil, err
	}
	below, err := s.deps.Pages.After(req.GetPageToken(), "rule sets")
	if err != nil {
		return nil, err
	}
	sets, err := s.deps.Directory.RuleSets(ctx, ruleSetNumber(below), int(size)+1)
	if err != nil {
		return nil, err
	}
	resp := &routingv1.ListRuleSetsResponse{RuleSets: sets}
	if len(sets) > int(size) {
		resp.RuleSets = sets[:size]
		resp.NextPageToken = s.deps.Pages.Encode([]string{sets[size-1].GetName()}, "rule sets")
	}
	return resp, nil
}

// ruleSet reads a set of rules by its name.
func (s *Service) ruleSet(ctx context.Context, name string) (*routingv1.RuleSet, error) {
	set, err := s.deps.Directory.RuleSet(ctx, ruleSetNumber(name))
	if errors.Is(err, ErrUnknown) {
		return nil, notThere(name)
	}
	return set, err
}

// compile compiles rules that somebody sends, and refuses what does not even depend on the directory.
func (s *Service) compile(rules []*routingv1.Rule) (*rule.Set, error) {
	most := s.deps.Policy.Proto().GetRouting().GetMostRules()
	if len(rules) > int(most) {
		return nil, tooManyRules(most)
	}
	for i, r := range rules {
		if slices.ContainsFunc(rules[:i], func(other *routingv1.Rule) bool { return other.GetId() == r.GetId() }) {
			return nil, ruleTwice(i, r.GetId())
		}
		for j, skill := range r.GetSkills() {
			if slices.ContainsFunc(r.GetSkills()[:j], func(other *routingv1.Skill) bool { return other.GetName() == skill.GetName() }) {
				return nil, invalid(fmt.Sprintf("rule_set.rules[%d].skills", i), "has a skill twice")
			}
		}
	}
	compiled, err := rule.Compile(&routingv1.RuleSet{Rules: rules})
	if err != nil {
		return nil, err
	}
	return compiled, checkConditions(compiled, "rule_set.rules[%d].condition")
}

// seedRules has the policy's rules saved as the first set.
func (s *Service) seedRules(ctx context.Context, a *Amendment) error {
	compiled, err := rule.Compile(&routingv1.RuleSet{Name: ruleSetName(1), Rules: seedRules(s.deps.Policy.Proto().GetDirectory()), CreateTime: timestamppb.New(s.now())})
	if err != nil {
		return err
	}
	s.activate(ctx, a, compiled, true)
	return nil
}

// seedRules are the policy's rules in CEL.
func seedRules(directory *policyv1.Directory) []*routingv1.Rule {
	var rules []*routingv1.Rule
	times := map[string]int{}
	for _, r := range directory.GetRules() {
		id := r.GetDepartment()
		if times[id]++; times[id] > 1 {
			id += "-" + strconv.Itoa(times[id])
		}
		list := ""
		for i, kind := range r.GetTargetKinds() {
			if i > 0 {
				list += ", "
			}
			list += "TargetKind." + kind.String()
		}
		rules = append(rules, &routingv1.Rule{Id: id, Condition: "complaint.target_kind in [" + list + "]", Department: departmentName(r.GetDepartment())})
	}
	return rules
}
