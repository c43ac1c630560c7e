package routing

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
	"github.com/redress-dev/redress/services/internal/channel"
	"github.com/redress-dev/redress/services/internal/policy"
	"github.com/redress-dev/redress/services/routing/notice"
)

// StaffConfig says what notices hold.
type StaffConfig struct {
	// Link is the URL that leads to a complaint, with {complaint} for its id; empty for none.
	Link string
}

// StaffDeps are what Staff needs. All are required.
type StaffDeps struct {
	// Directory has people's channels, addresses, languages and hours.
	Directory DirectoryStore
	// Gathering knows what a complaint is called.
	Gathering GatherStore
	// Policy says by which channels those are told who have none of their own.
	Policy *policy.Policy
	// Channels are those that this process has.
	Channels map[policyv1.NoticeChannel]channel.Channel
}

// Staff is the Notifier that tells the people of the directory: by the first of their channels that takes it, in their language and
// with times as they are where they work.
type Staff struct {
	cfg   StaffConfig
	deps  StaffDeps
	words *notice.Words
}

// NewStaff makes the notifier.
func NewStaff(cfg StaffConfig, deps StaffDeps) (*Staff, error) {
	if deps.Directory == nil || deps.Gathering == nil || deps.Policy == nil || deps.Channels == nil {
		return nil, errors.New("routing: directory, store, policy and channels are required to tell people")
	}
	words, err := notice.NewWords()
	if err != nil {
		return nil, err
	}
	return &Staff{cfg: cfg, deps: deps, words: words}, nil
}

// Notify implements Notifier. It is refused when every channel of the person refuses it.
func (s *Staff) Notify(ctx context.Context, n Notice) (policyv1.NoticeChannel, error) {
	d, err := s.deps.Directory.Directory(ctx)
	if err != nil {
		return 0, errors.New("the directory cannot be read")
	}
	agent := d.agent(agentName(n.Recipient))
	if !isActive(agent) {
		return 0, &channel.RefusalError{Problem: "nobody of that name works here"}
	}
	message, err := s.message(ctx, d, agent, n)
	if err != nil {
		return 0, err
	}
	channels := agent.GetNoticeChannels()
	if len(channels) == 0 {
		channels = s.deps.Policy.Proto().GetNotices().GetChannels()
	}
	return s.send(ctx, channels, message)
}

// send tries one channel after the other.
func (s *Staff) send(ctx context.Context, kinds []policyv1.NoticeChannel, m channel.Message) (policyv1.NoticeChannel, error) {
	ways := make([]channel.Way, len(kinds))
	for i, kind := range kinds {
		ways[i] = channel.Way{Name: strings.ToLower(kind.String()), Channel: s.deps.Channels[kind], Message: m}
	}
	taken, _, err := channel.First(ctx, channel.Patience{Begin: backoff(s.deps.Policy.Proto().GetNotices()).Attempt()}, ways)
	if err != nil {
		return 0, err
	}
	return kinds[taken], nil
}

// message words a notice for a person.
func (s *Staff) message(ctx context.Context, d *Directory, agent *routingv1.Agent, n Notice) (channel.Message, error) {
	reference, err := s.deps.Gathering.Reference(ctx, n.Complaint)
	if err != nil {
		return channel.Message{}, errors.New("the complaint cannot be read")
	}
	language := s.language(agent)
	facts := notice.Facts{
		About: n.About.String(), Complaint: cmp.Or(reference, n.matter()), Kind: n.Kind.String(), Reason: n.Reason.String(),
		Level: n.Level, DueTime: n.DueTime, Count: n.Count,
	}
	if n.Complaint != "" && !n.ofImprovement() {
		facts.Link = strings.ReplaceAll(s.cfg.Link, "{complaint}", n.Complaint)
	}
	subject, text, err := s.words.Write(language, s.zone(d, agent), facts)
	if err != nil {
		return channel.Message{}, &channel.RefusalError{Problem: fmt.Sprintf("a notice about %s cannot be worded", facts.About)}
	}
	return channel.Message{
		ID: n.Name(), Type: "redress.notice", Recipient: agent.GetName(), Address: agent.GetEmail(), Language: language, Subject: subject, Text: text,
		Link: facts.Link, Details: details(n, reference),
	}, nil
}

// details is a notice for programs.
func details(n Notice, reference string) map[string]any {
	m := map[string]any{"notice": "notices/" + n.Name(), "about": n.About.String()}
	if n.Count > 0 {
		m["noticeCount"] = n.Count
		return m
	}
	if n.ofImprovement() {
		m["improvement"] = n.matter()
	} else {
		m["complaint"] = n.matter()
	}
	if reference != "" {
		m["reference"] = reference
	}
	if n.Kind != policyv1.DutyKind_DUTY_KIND_UNSPECIFIED {
		m["kind"], m["duty"] = n.Kind.String(), dutyName(n.Complaint, n.Duty)
	}
	if n.Reason != routingv1.Escalation_REASON_UNSPECIFIED {
		m["reason"], m["level"], m["escalation"] = n.Reason.String(), n.Level, escalationName(n.Complaint, n.Duty)
	}
	if !n.DueTime.IsZero() {
		m["dueTime"] = n.DueTime.UTC().Format(time.RFC3339)
	}
	return m
}

// language is the first that the person speaks and notices are written in; else that of the policy.
func (s *Staff) language(agent *routingv1.Agent) string {
	for _, spoken := range agent.GetLanguages() {
		if slices.Contains(s.deps.Policy.Languages(), spoken) {
			return spoken
		}
	}
	return s.deps.Policy.Proto().GetLanguages().GetFallback()
}

// zone is where the person works: by the shifts, the department's hours or the firm's.
func (s *Staff) zone(d *Directory, agent *routingv1.Agent) *time.Location {
	department, _ := d.Find(agent.GetDepartment()).(*routingv1.Department)
	for _, hours := range []*policyv1.StaffedHours{agent.GetShifts(), department.GetHours(), s.deps.Policy.Proto().GetStaffedHours()} {
		if name := hours.GetTimeZone(); name != "" {
			if zone, err := time.LoadLocation(name); err == nil {
				return zone
			}
		}
	}
	return time.UTC
}
