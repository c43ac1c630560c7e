package policy

import (
	"net/netip"
	"regexp"

	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
)

// hostName is how the names of hosts are written.
const hostName = `^[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?([.][a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*$`

// webhooks wants pauses that grow, a log that is kept for as long as anything is tried, and places that requests can go to.
func (c *checker) webhooks(hooks *policyv1.Webhooks) {
	at := path{}.field("webhooks")
	host := regexp.MustCompile(hostName)
	for i, text := range hooks.GetAllow() {
		if _, err := netip.ParseAddr(text); err == nil {
			continue
		}
		prefix, err := netip.ParsePrefix(text)
		switch {
		case err == nil && prefix == prefix.Masked() && !prefix.Addr().Is4In6():
		case err == nil:
			c.add(at.item("allow", i), "allow", "the prefix is written %s", netip.PrefixFrom(prefix.Addr().Unmap(), prefix.Bits()).Masked())
		case !host.MatchString(text):
			c.add(at.item("allow", i), "allow", "it is no prefix, such as 10.20.0.0/16, no address and no name of a host in small letters")
		}
	}
	if hooks.GetRetryAtMost().AsDuration() < hooks.GetRetryAfter().AsDuration() {
		c.add(at.field("retry_at_most"), "pauses", "it is shorter than retry_after")
	}
	if hooks.GetKeepFor().AsDuration() < hooks.GetGiveUpAfter().AsDuration() {
		c.add(at.field("keep_for"), "keeping", "it is shorter than give_up_after: what is tried would be forgotten")
	}
}
