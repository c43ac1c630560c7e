package shape

import (
	"fmt"
	"strings"
)

// example is an id as Redress makes them.
const example = "01jb3p5v9x7k2m4n6q8r0t1w3y"

// words says in words what a text must look like that does not match a pattern of the contract. A pattern is for programs; a test
// holds every one of the contract to having words here.
func words(pattern string) string {
	switch pattern {
	case `^(([01][0-9]|2[0-3]):[0-5][0-9]-(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)(,([01][0-9]|2[0-3]):[0-5][0-9]-(([01][0-9]|2[0-3]):[0-5][0-9]|24:00))*)?$`:
		return `must be hours of the day such as "09:00-12:00" or "09:00-12:00,14:00-18:00", parted by commas without blanks, or empty`
	case `^([A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+)*)?$`:
		return `must be the name of a time zone, such as "Asia/Shanghai", or empty`
	case `^([01][0-9]|2[0-3]):[0-5][0-9]$`:
		return `must be a time of day such as "09:00"`
	case `^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$`:
		return `must be a time of day such as "18:00", at the latest "24:00"`
	case `^departments/(-|[a-z]([a-z0-9-]{0,61}[a-z0-9])?)$`:
		return `must be the name of a department, such as "departments/customer-service", or "departments/-" for all`
	case `^[\p{L}\p{N}][\p{L}\p{N} ._/-]{0,62}$`:
		return `must be a name of at most 63 letters, digits, blanks, dots, hyphens, slashes and underscores that begins with a letter or digit, such as "door-lock"`
	case `^(complaints/([0-9a-z]{26}|-))?$`:
		return fmt.Sprintf(`must be the name of a complaint as it was answered, such as "complaints/%s", or "complaints/-" for all`, example)
	case `^([\p{L}\p{N}][\p{L}\p{N} ._/-]{0,62})?$`:
		return `must be a code of at most 63 letters, digits, blanks, dots, hyphens, slashes and underscores that begins with a letter or digit, such as "door-lock"`
	case `^(departments/[a-z]([a-z0-9-]{0,61}[a-z0-9])?)?$`:
		return `must be the name of a department, such as "departments/customer-service", or empty`
	case `^(agents|departments)/[a-z]([a-z0-9-]{0,61}[a-z0-9])?$`:
		return `must be the name of a person or a department, such as "agents/lin" or "departments/customer-service"`
	case `^(services|frontends)/[a-z]([a-z0-9-]{0,61}[a-z0-9])?$`:
		return `must be the name of a program, such as "services/crm" or "frontends/web"`
	case `^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$`:
		return `must be an id of at most 63 small letters, digits and hyphens that begins with a letter, such as "closing"`
	case `^[a-z0-9][a-z0-9!#$&^_.+-]*/[a-z0-9][a-z0-9!#$&^_.+-]*$`:
		return `must be a type of media in small letters, such as "image/jpeg"`
	case `^[A-Z]{2}$`:
		return `must be a code of two capital letters, such as "CN"`
	case `^complaints/[0-9a-z]{26}/(messages|attachments|notifications)/[0-9a-z-]{1,63}$`:
		return fmt.Sprintf(`must be the name of a message, an attachment or a letter, such as "complaints/%[1]s/messages/%[1]s"`, example)
	case `^complaints/[0-9a-z]{26}/((messages|attachments)/[0-9a-z]{26}|callbacks/[0-9]{1,6}/attempts/[0-9a-z]{26})$`:
		return fmt.Sprintf(`must be the name of a message, an attachment or an attempt, such as "complaints/%[1]s/messages/%[1]s"`, example)
	case `^(complaints/[0-9a-z]{26}/(messages/[0-9a-z]{26}|callbacks/[0-9]{1,6}/attempts/[0-9a-z]{26}))?$`:
		return fmt.Sprintf(`must be the name of a message or an attempt, such as "complaints/%[1]s/messages/%[1]s", or empty`, example)
	case `^ruleSets/(current|[1-9][0-9]{0,8})$`:
		return `must be the name of a set of rules, such as "ruleSets/3", or "ruleSets/current"`
	case `^queues/(mine|team|department|overdue|dueSoon|unassigned)$`:
		return `must be the name of a queue: "queues/mine", "queues/team", "queues/department", "queues/overdue", "queues/dueSoon" or "queues/unassigned"`
	default:
		return outside(pattern)
	}
}

// outside says what the names and secrets look like that outside systems are told by.
func outside(pattern string) string {
	switch pattern {
	case `^webhooks/[0-9a-z]{26}$`:
		return fmt.Sprintf(`must be the name of a webhook as it was answered, such as "webhooks/%s"`, example)
	case `^(webhooks/[0-9a-z]{26})?$`:
		return fmt.Sprintf(`must be the name of a webhook as it was answered, such as "webhooks/%s", or empty`, example)
	case `^webhooks/[0-9a-z]{26}/deliveries/[0-9a-z-]{26,36}$`:
		return fmt.Sprintf(`must be the name of a delivery as it was answered, such as "webhooks/%s/deliveries/0198c1b0-0000-7000-8000-0000000000ab"`, example)
	case `^(whsec_[A-Za-z0-9+/]{32,86}={0,2})?$`:
		return `must be a secret of Standard Webhooks, base64 of 24 to 64 bytes, such as "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", or empty`
	case `^[a-z][a-z0-9_]{0,63}$`:
		return `must be the type of an event, such as "duty_settled"`
	default:
		return amount(pattern)
	}
}

// amount says what the amounts, months and names look like that remedies have.
func amount(pattern string) string {
	switch pattern {
	case `^[A-Z]{3}$`:
		return `must be the code of a currency in three capital letters, such as "CNY"`
	case `^(0|[1-9][0-9]{0,11})(\.[0-9]{1,4})?$`:
		return `must be an amount such as "200" or "10.50", with four digits after the point at most`
	case `^((0|[1-9][0-9]{0,11})(\.[0-9]{1,4})?)?$`:
		return `must be an amount such as "200" or "10.50", with four digits after the point at most, or empty`
	case `^(-|[a-z]([a-z0-9-]{0,61}[a-z0-9])?)$`:
		return `must be the id of a department, such as "after-sales", or "-" for each that is not named`
	case `^[0-9]{4}-[0-9]{2}-[0-9]{2}$`:
		return `must be a date such as "2026-02-15"`
	case `^20[0-9]{2}-(0[1-9]|1[0-2])$`:
		return `must be a month such as "2026-11"`
	case `^(departments/(-|[a-z]([a-z0-9-]{0,61}[a-z0-9])?))?$`:
		return `must be the name of a department, such as "departments/customer-service", or "departments/-" for all`
	case `^approvals/[0-9a-z]{26}-[1-9][0-9]{0,8}$`:
		return fmt.Sprintf(`must be the name of an approval as it was answered, such as "approvals/%s-1"`, example)
	case `^playbooks/[a-z]([a-z0-9-]{0,61}[a-z0-9])?/plays/[a-z]([a-z0-9-]{0,61}[a-z0-9])?$`:
		return `must be the name of a play, such as "playbooks/transport-damage/plays/reship"`
	case `^complaints/[0-9a-z]{26}/followUps/[1-9][0-9]{0,8}-[1-9][0-9]?$`:
		return fmt.Sprintf(`must be the name of a follow-up as it was answered, such as "complaints/%s/followUps/1-2"`, example)
	case `^([245][.][0-9]{1,3}[.][0-9]{1,3})?$`:
		return `must be a status code of a mail system, such as "5.1.1", or empty`
	default:
		return name(pattern)
	}
}

// name says what the name of a resource looks like: all other patterns are for those.
func name(pattern string) string {
	plain := strings.TrimSuffix(strings.TrimPrefix(pattern, "^"), "$")
	optional := strings.HasPrefix(plain, "(") && strings.HasSuffix(plain, ")?")
	if optional {
		plain = strings.TrimSuffix(strings.TrimPrefix(plain, "("), ")?")
	}
	const id = "[a-z]([a-z0-9-]{0,61}[a-z0-9])?"
	plain = strings.NewReplacer("[0-9a-z]{26}", example, "[0-9a-z-]{1,63}", "callback-1", "[0-9a-z]{1,63}", example, "[0-9a-z-]{1,150}", example+"-1-callback-no-1", "[0-9]{1,6}", "1",
		"[1-9][0-9]{0,8}", "3", "(items|demands)", "items", "(messages|attachments)", "messages",
		"agents/"+id, "agents/lin", "departments/"+id, "departments/customer-service", "teams/"+id, "teams/evenings").Replace(plain)
	if strings.ContainsAny(plain, `^$[]{}()|\?*+`) {
		return "has not the form that the contract wants"
	}
	said := fmt.Sprintf("must be a name as it was answered, such as %q", plain)
	if optional {
		said += ", or empty"
	}
	return said
}
