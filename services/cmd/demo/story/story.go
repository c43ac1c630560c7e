package story

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	gatewayv1 "github.com/redress-dev/redress/gen/redress/gateway/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
)

// Start is the command that starts what the story needs.
const Start = "make run POLICY=deploy/standalone/policy-demo.yaml"

const (
	// customer is the web page that speaks for customers, observer is whoever watches, personnel keeps the directory.
	customer  = "frontends/web"
	observer  = "agents/dev"
	personnel = "agents/hr"
	// longest is the longest callback that a listener has the patience for.
	longest = time.Minute
)

// Config says where Redress is and how the story is told.
type Config struct {
	// HTTPAddress and GRPCAddress are where Redress answers, host:port.
	HTTPAddress, GRPCAddress string
	// UIAddress is where Temporal's web interface is, host:port; empty for none.
	UIAddress string
	// TokenSource is what a shell finds a token with, for the commands that the listener may try next;
	// "$TOKEN" when empty.
	TokenSource string
	// Flags are what the command of a further telling needs to find the same installation; empty for nothing.
	Flags string
	// Language is that of the narration, "en" or "zh"; "en" when empty.
	Language string
	// Colour allows colours.
	Colour bool
	// Columns is how wide lines may be; 100 when zero.
	Columns int
}

// Tokens returns a token for somebody with some roles.
type Tokens func(subject string, roles ...authv1.Role) (string, error)

// Deps are what the story needs from its surroundings. All are required.
type Deps struct {
	// Out is where it is told.
	Out io.Writer
	// Now is the clock, for waiting.
	Now func() time.Time
	// Token mints tokens.
	Token Tokens
}

// Story is a story that can be told once.
type Story struct {
	cfg   Config
	stage *stage
}

// New prepares a story. Nothing is called yet.
func New(cfg Config, deps Deps) (*Story, error) {
	if cfg.Language == "" {
		cfg.Language = "en"
	}
	if cfg.Columns == 0 {
		cfg.Columns = 100
	}
	if cfg.TokenSource == "" {
		cfg.TokenSource = "$TOKEN"
	}
	w, err := newWords(cfg.Language)
	if err != nil {
		return nil, err
	}
	return &Story{cfg: cfg, stage: &stage{
		deps: deps, words: w, server: newServer(cfg.HTTPAddress), tokens: map[string]string{}, names: map[string]string{},
		paper: &paper{out: deps.Out, colour: cfg.Colour, columns: cfg.Columns},
	}}, nil
}

// Tell tells the story. It returns an error when Redress is not there, runs with a policy that would take hours, or does not do
// what the story expects. Whatever ends it early, the complaint that is open is withdrawn.
func (t *Story) Tell(ctx context.Context) error {
	s := t.stage
	callback, err := t.check(ctx)
	if err != nil {
		return err
	}
	if s.watch, err = newWatch(ctx, t.cfg.GRPCAddress, s.tokens[observer]); err != nil {
		return err
	}
	s.paper.heading(s.words.say("title"))
	s.paper.prose(s.words.say("server", "server", s.server.base, "callback", callback.String()))
	s.paper.prose(s.words.say("legend"))
	fmt.Fprintln(s.deps.Out)
	s.paper.prose(s.words.say("scene.background"))
	for _, scene := range []func(context.Context) error{
		s.file, s.answer, s.cancel, s.shortcut, s.chase, s.missed, s.claim, s.call, s.settle, s.again, s.repeated, s.others, s.proof,
	} {
		if err := scene(ctx); err != nil {
			return errors.Join(err, s.abandon(ctx))
		}
	}
	t.advise()
	return nil
}

// Close lets go of the connection.
func (t *Story) Close() error {
	if t.stage.watch == nil {
		return nil
	}
	return t.stage.watch.Close()
}

// check finds out whether the story can be told here, and says what to do when not. It returns within what time a callback is
// owed.
func (t *Story) check(ctx context.Context) (time.Duration, error) {
	s := t.stage
	var guide gatewayv1.Guide
	err := s.server.get(ctx, "", "/v1/guide", &guide)
	if absent(err) {
		return 0, fmt.Errorf("nothing answers at %s; start Redress in another terminal, from the repository: %s", s.server.base, Start)
	}
	if err != nil {
		return 0, err
	}
	var callback time.Duration
	for _, target := range guide.GetTargets() {
		if target.GetSeverity() == policyv1.Severity_NORMAL {
			callback = target.GetCallback().AsDuration()
		}
	}
	if callback <= 0 || callback > longest {
		return 0, fmt.Errorf("the Redress at %s gives %s for a callback, and the story waits for one: stop it and start it with the demo policy: %s",
			s.server.base, callback, Start)
	}
	if err := s.admit(observer, authv1.Role_AGENT, authv1.Role_SUPERVISOR, authv1.Role_AUDITOR); err != nil {
		return 0, err
	}
	if err := s.admit(customer, authv1.Role_PUBLIC); err != nil {
		return 0, err
	}
	err = s.learnNames(ctx)
	if forbidden(err) {
		return 0, fmt.Errorf("the token is of another installation, or too old: name the data directory of the Redress at %s with --data-dir, "+
			"or put the token that it printed into $TOKEN; unset TOKEN when it holds an old one: %w", s.server.base, err)
	}
	return callback, err
}

// admit gets a token for somebody.
func (s *stage) admit(subject string, roles ...authv1.Role) (err error) {
	s.tokens[subject], err = s.deps.Token(subject, roles...)
	return err
}

// learnNames reads what people are called.
func (s *stage) learnNames(ctx context.Context) error {
	var agents routingv1.ListAgentsResponse
	if err := s.server.get(ctx, s.tokens[observer], "/v1/agents?pageSize=200", &agents); err != nil {
		return err
	}
	for _, agent := range agents.GetAgents() {
		s.names[agent.GetName()] = agent.GetDisplayName()
	}
	var departments routingv1.ListDepartmentsResponse
	if err := s.server.get(ctx, s.tokens[observer], "/v1/departments?pageSize=200", &departments); err != nil {
		return err
	}
	for _, department := range departments.GetDepartments() {
		s.names[department.GetName()] = department.GetAlias()[s.words.language]
	}
	return nil
}

// abandon withdraws the complaint of a story that was stopped, or that failed: it would climb for ever. What came of it can be looked at
// all the same.
func (s *stage) abandon(ctx context.Context) error {
	if s.open == nil {
		return nil
	}
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), callTime)
	defer cancel()
	err := s.server.post(last, s.tokens[customer], "/v1/"+s.open.GetName()+":withdraw",
		&intakev1.WithdrawComplaintRequest{Reason: "The demonstration was stopped."}, &intakev1.Complaint{})
	if err != nil {
		return err
	}
	s.paper.prose(s.words.say("stop.withdrawn"))
	return nil
}
