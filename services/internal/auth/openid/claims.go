package openid

import (
	"regexp"
	"strings"

	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/internal/auth"
)

// agentForm is what the id of an agent looks like.
const agentForm = `^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$`

// rules turn claims into an identity, as the policy says.
type rules struct {
	groupsClaim, agentClaim string
	groups                  map[string]*policyv1.IdentityGroup
	accounts                map[string]*policyv1.ServiceAccount
	agent                   *regexp.Regexp
}

func newRules(policy *policyv1.Identity) rules {
	r := rules{
		groupsClaim: policy.GetGroupsClaim(), agentClaim: policy.GetAgentClaim(),
		groups: make(map[string]*policyv1.IdentityGroup), accounts: make(map[string]*policyv1.ServiceAccount),
		agent: regexp.MustCompile(agentForm),
	}
	for _, group := range policy.GetGroups() {
		r.groups[group.GetGroup()] = group
	}
	for _, account := range policy.GetServiceAccounts() {
		r.accounts[account.GetSubject()] = account
	}
	return r
}

// identify says who the subject is by what the provider said of it. A service
// account is nothing but that, whatever groups the provider has put it into.
func (r rules) identify(subject string, said map[string]any) (auth.Identity, error) {
	if account, ok := r.accounts[subject]; ok {
		roles := account.GetRoles()
		if len(roles) == 0 {
			roles = []authv1.Role{authv1.Role_SERVICE}
		}
		return auth.Identity{Subject: account.GetName(), Roles: roles}, nil
	}
	roles, departments := r.granted(texts(find(said, r.groupsClaim)))
	if len(roles) == 0 {
		return auth.Identity{}, withoutRole(r.groupsClaim)
	}
	agent, _ := find(said, r.agentClaim).(string)
	name := "agents/" + agent
	if !r.agent.MatchString(agent) || strings.HasPrefix(name, auth.GlassPrefix) {
		return auth.Identity{}, withoutAgent(r.agentClaim)
	}
	return auth.Identity{Subject: name, Roles: roles, Departments: departments}, nil
}

// granted is what groups give together, each thing once.
func (r rules) granted(groups []string) (roles []authv1.Role, departments []string) {
	for _, name := range groups {
		group := r.groups[name] // Nil for one that the policy does not know, which gives nothing.
		for _, role := range group.GetRoles() {
			roles = once(roles, role)
		}
		for _, department := range group.GetDepartments() {
			departments = once(departments, "departments/"+department)
		}
	}
	return roles, departments
}

// find is the value of a claim: of that name, or else of the path with dots.
func find(said map[string]any, name string) any {
	if value, ok := said[name]; ok {
		return value
	}
	first, rest, ok := strings.Cut(name, ".")
	if !ok {
		return nil
	}
	inner, _ := said[first].(map[string]any)
	return find(inner, rest)
}

// texts reads a text or a list of texts; nothing else is any.
func texts(value any) []string {
	switch value := value.(type) {
	case string:
		return []string{value}
	case []any:
		var all []string
		for _, each := range value {
			if text, ok := each.(string); ok {
				all = append(all, text)
			}
		}
		return all
	}
	return nil
}
