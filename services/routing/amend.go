package routing

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
	"github.com/redress-dev/redress/services/internal/eventlog"
	"github.com/redress-dev/redress/services/internal/idem"
)

// add adds a resource. A repeated command is answered with what it added, as it is now.
func add[T Resource](ctx context.Context, s *Service, r T) (T, error) {
	name, err := s.amend(ctx, r.GetName(), func(a *Amendment) error {
		if a.Directory.Find(r.GetName()) != nil {
			return nameTaken(r.GetName())
		}
		return s.put(ctx, a, r, nil)
	})
	if err != nil {
		var none T
		return none, err
	}
	return read[T](ctx, s, name)
}

// change changes the fields of the mask. What is the same afterwards was not changed: nothing is recorded.
func change[T Resource](ctx context.Context, s *Service, sent T, mask []string) (T, error) {
	var none T
	fields, err := masked(sent, mask)
	if err != nil {
		return none, err
	}
	name, err := s.amend(ctx, sent.GetName(), func(a *Amendment) error {
		current, err := fresh(a, sent.GetName(), sent.GetEtag())
		if err != nil {
			return err
		}
		next, _ := proto.Clone(current).(Resource)
		copyFields(next, sent, fields)
		if proto.Equal(current, next) {
			return nil
		}
		if err := s.put(ctx, a, next, current); err != nil {
			return err
		}
		if before, ok := current.(*routingv1.Agent); ok && isActive(before) && !isActive(next.(*routingv1.Agent)) {
			_, err = s.release(ctx, a, before)
		}
		return err
	})
	if err != nil {
		return none, err
	}
	return read[T](ctx, s, name)
}

// remove removes a resource that nothing and nobody depends on. Somebody who ever had a complaint stays on record, inactive.
func (s *Service) remove(ctx context.Context, name, etag string) error {
	_, err := s.amend(ctx, name, func(a *Amendment) error {
		current, err := fresh(a, name, etag)
		if err != nil {
			return err
		}
		if err := s.mayLeave(a, current); err != nil {
			return err
		}
		if agent, ok := current.(*routingv1.Agent); ok {
			ever, err := s.release(ctx, a, agent)
			if err != nil || ever && !isActive(agent) {
				return err
			}
			if ever {
				left := proto.CloneOf(agent)
				left.Active = proto.Bool(false)
				return s.put(ctx, a, left, agent)
			}
		}
		a.Removed = append(a.Removed, current)
		a.Drafts = append(a.Drafts, s.changed(ctx, current, eventv1.DirectoryChanged_REMOVED))
		return nil
	})
	return err
}

// amend changes the directory once per idempotency key, and answers the name of what was changed.
func (s *Service) amend(ctx context.Context, name string, decide func(*Amendment) error) (string, error) {
	command, _ := idem.FromContext(ctx)
	result, _, err := s.deps.Directory.Amend(ctx, eventlog.Cause{Command: command, Result: name}, decide)
	s.wake()
	return result, err
}

// fresh is the resource of a name, which must have the etag, if one is wanted.
func fresh(a *Amendment, name, etag string) (Resource, error) {
	current := a.Directory.Find(name)
	switch {
	case current == nil:
		return nil, notThere(name)
	case etag != "" && etag != current.GetEtag():
		return nil, outdated(current.GetEtag())
	}
	return current, nil
}

// put has a resource written, if it can be part of the directory, with the etag of the next version and its times.
func (s *Service) put(ctx context.Context, a *Amendment, r, before Resource) error {
	change, created := eventv1.DirectoryChanged_ADDED, timestamppb.New(s.now())
	if before != nil {
		change = eventv1.DirectoryChanged_CHANGED
		if earlier, ok := before.(interface{ GetCreateTime() *timestamppb.Timestamp }); ok && earlier.GetCreateTime() != nil {
			created = earlier.GetCreateTime()
		}
	}
	stamp(r, strconv.Quote(strconv.FormatInt(a.Directory.Version+1, 36)), created, timestamppb.New(s.now()))
	after, err := a.Directory.After(a.Directory.Version, []Resource{r}, nil)
	if err == nil {
		err = after.check(r, s.now())
	}
	if err != nil {
		return asSchedule(r, err)
	}
	if agent, ok := r.(*routingv1.Agent); ok && !isActive(agent) && before != nil && isActive(a.Directory.agent(r.GetName())) {
		if err := s.mayLeave(a, before); err != nil {
			return err
		}
	}
	a.Put = append(a.Put, r)
	a.Drafts = append(a.Drafts, s.changed(ctx, r, change))
	return nil
}

// asSchedule is the refusal of shifts that make no calendar: the directory cannot even be built with them.
func asSchedule(r Resource, err error) error {
	if agent, ok := r.(*routingv1.Agent); ok {
		if refused := checkHours("agent.shifts", agent.GetShifts()); refused != nil {
			return refused
		}
	}
	return err
}

// mayLeave refuses to let go of what others depend on.
func (s *Service) mayLeave(a *Amendment, r Resource) error {
	reason := routingv1.ErrorReason_AGENT_IN_USE
	switch r.(type) {
	case *routingv1.Department:
		reason = routingv1.ErrorReason_DEPARTMENT_IN_USE
	case *routingv1.Team:
		reason = routingv1.ErrorReason_TEAM_IN_USE
	}
	if by := a.Directory.user(r.GetName(), s.deps.Policy.Proto().GetDirectory(), s.now()); by != "" {
		return inUse(reason, r.GetName(), by)
	}
	if _, ok := r.(*routingv1.Department); !ok {
		return nil
	}
	busy, err := a.Busy(departmentID(r.GetName()))
	if err == nil && busy {
		err = inUse(reason, r.GetName(), "open complaints")
	}
	return err
}

// release moves the open complaints of somebody who leaves into the queue of their departments, from which they escalate as any other
// there (ROUTE-4). Ever tells whether the person ever had one.
func (s *Service) release(ctx context.Context, a *Amendment, agent *routingv1.Agent) (ever bool, err error) {
	open, ever, err := a.Open(agentID(agent.GetName()))
	if err != nil {
		return false, err
	}
	for _, c := range open {
		c.Assignee, c.AssignTime = "", c.reassignTime(s.now())
		c.Reason = "Department " + c.Department + " as before; " + agent.GetName() + " has left, so it waits in the queue."
		c.countWaiting()
		a.Released = append(a.Released, c)
		a.Drafts = append(a.Drafts, reassigned(ctx, a.Directory, c))
	}
	return ever, nil
}

// changed is the event of a change. It has what other services keep: no name of a person is among it.
func (s *Service) changed(ctx context.Context, r Resource, change eventv1.DirectoryChanged_Change) eventlog.Draft {
	told := &eventv1.DirectoryChanged{Resource: r.GetName(), Change: change, Active: true}
	switch r := r.(type) {
	case *routingv1.Department:
		told.Manager, told.Supervisor, told.Alias = r.GetManager(), r.GetSupervisor(), r.GetAlias()
	case *routingv1.Agent:
		told.Supervisor, told.Active = r.GetSupervisor(), isActive(r)
	}
	if told.Etag = r.GetEtag(); change == eventv1.DirectoryChanged_REMOVED {
		told = &eventv1.DirectoryChanged{Resource: r.GetName(), Change: change}
	}
	return eventlog.Draft{
		Subject: r.GetName(), Actor: actorOrSelf(ctx), RecordTime: s.now(),
		Payload: &eventv1.Payload{Kind: &eventv1.Payload_DirectoryChanged{DirectoryChanged: told}},
	}
}

// actorOrSelf is who makes the call; the service itself where nobody does.
func actorOrSelf(ctx context.Context) string {
	if who := actor(ctx); who != "" {
		return who
	}
	return noticeActor
}

// stamp sets what callers cannot: they have the same names in all resources.
func stamp(r Resource, etag string, created, updated *timestamppb.Timestamp) {
	m := r.ProtoReflect()
	set := func(name protoreflect.Name, value protoreflect.Value) {
		m.Set(m.Descriptor().Fields().ByName(name), value)
	}
	set("etag", protoreflect.ValueOfString(etag))
	set("create_time", protoreflect.ValueOfMessage(created.ProtoReflect()))
	set("update_time", protoreflect.ValueOfMessage(updated.ProtoReflect()))
	if agent, ok := r.(*routingv1.Agent); ok {
		agent.OpenCount = 0 // The store counts it.
	}
}

// read is a resource as it is now, agents with their loads.
func read[T Resource](ctx context.Context, s *Service, name string) (T, error) {
	var none T
	d, err := s.deps.Directory.Directory(ctx)
	if err != nil {
		return none, err
	}
	found, ok := d.Find(name).(T)
	if !ok {
		return none, notThere(name)
	}
	shown, _ := proto.Clone(found).(T)
	return shown, s.count(ctx, []Resource{shown})
}

// count fills in the loads of agents.
func (s *Service) count(ctx context.Context, resources []Resource) error {
	var agents []string
	for _, r := range resources {
		if agent, ok := r.(*routingv1.Agent); ok {
			agents = append(agents, agentID(agent.GetName()))
		}
	}
	if len(agents) == 0 {
		return nil
	}
	loads, err := s.deps.Directory.Loads(ctx, agents)
	for _, r := range resources {
		if agent, ok := r.(*routingv1.Agent); ok {
			agent.OpenCount = loads[agentID(agent.GetName())]
		}
	}
	return err
}

// parentOf is the name of what a team belongs to.
func parentOf(name string) string {
	parts := strings.Split(name, "/")
	return strings.Join(slices.Delete(parts, max(len(parts)-2, 0), len(parts)), "/")
}
