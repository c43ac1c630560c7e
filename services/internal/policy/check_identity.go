package policy

import (
	"slices"

	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
)

// ownNames are those under which Redress itself acts, so that nobody else's deeds
// are on record as its own.
func ownNames() []string {
	return []string{
		"services/suite", "services/worker", "services/intake", "services/routing", "services/remedy", "services/followup",
		"services/review", "services/gateway",
	}
}

// identity wants each group and account once, and no account to pass for one of
// Redress's own services.
func (c *checker) identity(identity *policyv1.Identity) {
	at := path{}.field("identity")
	c.given(at.field("clock_skew"), identity.GetClockSkew())
	c.given(at.field("keys_fresh"), identity.GetKeysFresh())
	c.given(at.field("keys_kept"), identity.GetKeysKept())
	c.given(at.field("keys_pause"), identity.GetKeysPause())
	c.given(at.field("break_glass_longest"), identity.GetBreakGlassLongest())
	if identity.GetKeysKept().AsDuration() < identity.GetKeysFresh().AsDuration() {
		c.add(at.field("keys_kept"), "order", "is shorter than keys_fresh, so keys would end before they are fetched anew")
	}
	groups := map[string]bool{}
	for i, group := range identity.GetGroups() {
		here := at.item("groups", i)
		if groups[group.GetGroup()] {
			c.add(here.field("group"), "unique", "%q is named twice", group.GetGroup())
		}
		groups[group.GetGroup()] = true
		if len(group.GetRoles())+len(group.GetDepartments()) == 0 {
			c.add(here, "empty", "gives neither roles nor departments")
		}
	}
	c.accounts(at, identity.GetServiceAccounts())
}

func (c *checker) accounts(at path, accounts []*policyv1.ServiceAccount) {
	subjects, names := map[string]bool{}, map[string]bool{}
	for i, account := range accounts {
		here := at.item("service_accounts", i)
		if subjects[account.GetSubject()] {
			c.add(here.field("subject"), "unique", "%q is named twice", account.GetSubject())
		}
		if names[account.GetName()] {
			c.add(here.field("name"), "unique", "%q is named twice", account.GetName())
		}
		if slices.Contains(ownNames(), account.GetName()) {
			c.add(here.field("name"), "reserved", "%q is the name of a service of Redress", account.GetName())
		}
		subjects[account.GetSubject()], names[account.GetName()] = true, true
	}
}

// programs warns of programs that may do what only Redress's own services need.
func (a *adviser) programs(identity *policyv1.Identity) {
	for i, account := range identity.GetServiceAccounts() {
		if len(account.GetRoles()) == 0 || slices.Contains(account.GetRoles(), authv1.Role_SERVICE) {
			a.add(path{}.field("identity").item("service_accounts", i), "service",
				"%s is as much as a service of Redress: it may read the keys of customers' data and tell events; AGENT or PUBLIC is enough for most programs", account.GetName())
		}
	}
}
