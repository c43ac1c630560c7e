package policy

import (
	"slices"
	"time"

	"buf.build/go/protovalidate"
	"buf.build/go/protoyaml"
	"google.golang.org/protobuf/proto"

	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/internal/document"
)

// Advice lists what a policy file may do but hardly means to, in the form of an
// Error's problems: promises that are looser than the requirements', people who
// are missing, texts in too few languages, examples that were not replaced,
// calendars without the days of a year that clocks reach which begin now. The
// error is Parse's, for a text that is refused.
func Advice(text []byte, source string, now time.Time) ([]string, error) {
	p, err := Parse(text, source)
	if err != nil {
		return nil, err
	}
	standard, err := Default()
	if err != nil {
		return nil, err
	}
	text = document.Unix(text)
	file, problems := read(text, source)
	if len(problems) > 0 || len(file.stated) == 0 {
		return problems, nil
	}
	a := &adviser{file: file, standard: standard, policy: p}
	a.origins(p)
	a.links(p.message)
	a.promises(p)
	a.remedies(p.message)
	a.calendars(p, now)
	a.people(p.message.GetDirectory())
	a.programs(p.message.GetIdentity())
	a.texts(p.message)
	// protoyaml finds the places.
	err = protoyaml.UnmarshalOptions{Path: source, Validator: a}.Unmarshal(text, &policyv1.Policy{})
	if err == nil {
		return nil, nil
	}
	return explain(err), nil
}

// adviser collects advice; as protoyaml's validator it has it placed.
type adviser struct {
	checker

	file     *file
	standard *Policy
	// policy is what holds with the file.
	policy *Policy
}

// Validate implements protoyaml.Validator.
func (a *adviser) Validate(message proto.Message) error {
	if stated, ok := message.(*policyv1.Policy); ok {
		a.series(stated.GetFollowups(), a.policy.message.GetFollowups())
	}
	if len(a.violations) == 0 {
		return nil
	}
	return &protovalidate.ValidationError{Violations: a.violations}
}

// origins finds what is missing from the file and hardly fits a firm as the built-in default has it.
func (a *adviser) origins(p *Policy) {
	if !a.file.states("version") {
		a.add(path{}.field("version"), "version", "is not stated, so complaints name the policy %s", p.Version())
	}
	for _, section := range []struct {
		name, examples string
		fields         []string
	}{
		{"directory", "so departments and people are the examples of the built-in default", []string{"departments", "agents", "rules"}},
		{"guide", "so the public guide names the examples of the built-in default", []string{"channels", "above", "steps"}},
	} {
		at := path{}.field(section.name)
		if !a.file.states(section.name) {
			a.add(at, "example", "is not stated, %s", section.examples)
			continue
		}
		for _, name := range section.fields {
			if !a.file.states(section.name, name) {
				a.add(at.field(name), "example", "is not stated, so it has the examples of the built-in default")
			}
		}
	}
}

// links finds surveys that are really sent and lead customers to the example of the built-in default.
func (a *adviser) links(message *policyv1.Policy) {
	asks, written := message.GetFollowups(), message.GetMessages().GetChannels()
	isSent := func(channel policyv1.NoticeChannel) bool { return channel != policyv1.NoticeChannel_LOG }
	if asksAnybody(asks) && asks.GetSurveyLink() == a.standard.message.GetFollowups().GetSurveyLink() && slices.ContainsFunc(written, isSent) {
		a.add(path{}.field("messages").field("channels"), "example",
			"reach customers, whom surveys lead to %s: followups.survey_link is the example of the built-in default", asks.GetSurveyLink())
	}
}

// promises finds clocks that run longer than those of the requirements.
func (a *adviser) promises(p *Policy) {
	if !a.file.states("clocks") {
		return
	}
	for i, clocks := range p.message.GetClocks() {
		at := path{}.item("clocks", i)
		required := a.standard.clocks[clocks.GetSeverity()]
		a.promise(at.field("acknowledge"), clocks.GetAcknowledge(), required.GetAcknowledge())
		a.promise(at.field("contact"), clocks.GetContact(), required.GetContact())
		a.promise(at.field("first_response"), clocks.GetFirstResponse(), required.GetFirstResponse())
		a.promise(at.field("callback"), clocks.GetCallback(), required.GetCallback())
		a.promise(at.field("resolution"), clocks.GetResolution(), required.GetResolution())
	}
}

func (a *adviser) promise(at path, clock, required *policyv1.Clock) {
	most, limit := required.GetWithin().AsDuration(), clock.GetLimit()
	rests := clock.GetMeasure() == policyv1.Clock_STAFFED || !countsTime(clock)
	switch {
	case shortest(clock) > most && (limit == nil || limit.AsDuration() > most):
		a.add(at.field(amountOf(clock)), "longer", "is longer than the %s of the built-in default", document.Duration(most))
	case rests && required.GetMeasure() == policyv1.Clock_ELAPSED && limit == nil:
		a.add(at.field("measure"), "longer", "stands still while nobody is at work; the built-in default counts %s by the wall clock", document.Duration(most))
	case required.GetLimit() != nil && rests && limit == nil:
		a.add(at, "longer", "has no limit; the built-in default ends after %s whatever the hour", document.Duration(required.GetLimit().AsDuration()))
	}
}

// people finds departments in which a complaint would wait for nobody.
func (a *adviser) people(directory *policyv1.Directory) {
	if !a.file.states("directory") {
		return
	}
	for i, department := range directory.GetDepartments() {
		if !slices.ContainsFunc(directory.GetAgents(), func(agent *policyv1.AgentEntry) bool {
			return agent.GetTakesComplaints() && agent.GetDepartment() == department.GetId()
		}) {
			a.add(path{}.field("directory").item("departments", i), "people",
				"nobody of %q takes complaints (takes_complaints: true), so they stay in the department's queue", department.GetId())
		}
	}
}

// texts finds what some customers would read in a language that is not theirs.
func (a *adviser) texts(message *policyv1.Policy) {
	want := func(at path, name string, texts map[string]string) {
		for _, code := range languages() {
			if texts[code] == "" {
				a.add(at.field(name), "language", "has no text in %q; who writes in it gets %q", code, message.GetLanguages().GetFallback())
			}
		}
	}
	if a.file.states("directory") {
		for i, department := range message.GetDirectory().GetDepartments() {
			want(path{}.field("directory").item("departments", i), "alias", department.GetAlias())
		}
	}
	if a.file.states("guide") {
		at := path{}.field("guide")
		for i, channel := range message.GetGuide().GetChannels() {
			want(at.item("channels", i), "name", channel.GetName())
		}
		want(at, "above", message.GetGuide().GetAbove())
		want(at, "steps", message.GetGuide().GetSteps())
	}
}
