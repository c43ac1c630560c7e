package main

import (
	"fmt"
	"strings"
)

// intro is what stands above the table.
const intro = `# Who may call what

This page is made by ` + "`make access`" + ` from the contract; a test holds it, row by row, against what a server really lets through (API-4).

A caller shows a token with one or several roles ([operations](operations.md#who-vouches-for-people)). Without one it is refused with UNAUTHENTICATED, with none
of a method's roles with PERMISSION_DENIED (` + "`ROLE_NOT_ALLOWED`" + `). **yes** in the table: the role may call the method. **own**: it may, and the policy's section
` + "`access`" + ` says for which complaints. Empty: it may not. What a service decides beyond that, such as who may approve so much or that nobody handles a complaint
about themselves, is on the pages of the subjects.

## Whose complaints

| ` + "`access`" + ` | sees |
| --- | --- |
| ` + "`ALL`" + ` | all complaints; so it is until a firm says otherwise |
| ` + "`DEPARTMENT`" + ` | those of the department that the [directory](directory.md) has the person in, and of those that their groups give (section ` + "`identity`" + `) |
| ` + "`BELOW`" + ` | those too, those of departments that the person leads, and of the departments of everybody below, each with the departments under it |

` + "`access.agents`" + ` holds for who has the role of an agent and none but that and a supervisor's; ` + "`access.supervisors`" + ` for supervisors. All other roles see
all complaints, and so do programs. Whoever is in charge of a complaint, was told of it (as an approver, by an escalation, because of a promise), or belongs to the
department that it is offered to, sees it, too, and with BELOW whoever stands above them. ` + "`access.unassigned`" + ` says whether complaints that no department
has yet are seen by all.

A complaint that somebody does not see is answered like one that does not exist, NOT_FOUND (` + "`COMPLAINT_NOT_FOUND`" + `), whatever is asked of it; lists and searches
leave it out, so that a page may have fewer entries than were asked for, with ` + "`nextPageToken`" + ` as ever. Counts and reviews are of all
complaints. While routing cannot be asked, agents and supervisors for whom the policy says less than ALL get 503; everybody else goes on.

An auditor may call what changes nothing and nothing else: GET, or marked ` + "`read_only`" + ` in the contract.

## Methods

`

// page is docs/access.md.
func page(all []method) string {
	var b strings.Builder
	b.WriteString(intro)
	before := ""
	for _, m := range all {
		service, name := split(m.Name)
		if service != before {
			heading(&b, service, before == "")
		}
		before = service
		cells := make([]string, 0, len(roles())+1)
		for _, role := range roles() {
			cells = append(cells, m.Cells[role])
		}
		if m.Anonymous {
			cells = append(cells, yes)
		} else {
			cells = append(cells, no)
		}
		over := no
		if m.REST != "" {
			over = "`" + m.REST + "`"
		}
		kind := no // Of what only services and operators call, few methods say so.
		if m.Reads {
			kind = "reads"
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", name, over, kind, strings.Join(cells, " | "))
	}
	return b.String()
}

// heading begins the table of a service.
func heading(b *strings.Builder, service string, first bool) {
	if !first {
		b.WriteString("\n")
	}
	fmt.Fprintf(b, "### %s\n\n| method | over REST | | ", service)
	for _, role := range roles() {
		b.WriteString(strings.ToLower(role.String()) + " | ")
	}
	b.WriteString("no token |\n|" + strings.Repeat(" --- |", len(roles())+4) + "\n")
}

// split takes a method's name apart: "redress.intake.v1.IntakeService", "GetComplaint".
func split(name string) (service, method string) {
	service, method, _ = strings.Cut(strings.TrimPrefix(name, "/"), "/")
	return service, method
}
