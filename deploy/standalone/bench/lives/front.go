package lives

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/google/uuid"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/types/known/timestamppb"

	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
	"github.com/redress-dev/redress/services/suite"
)

// Target is a running standalone.
type Target struct {
	// GRPC is where its services answer, Temporal where its Temporal does; each host:port.
	GRPC, Temporal string
	// Namespace is its Temporal's.
	Namespace string
	// Dir is its data directory, whose key signs the tokens that the measurement calls with.
	Dir string
	// PID is its process, 0 when unknown; then processor time and memory are not told.
	PID int
	// Now is the clock.
	Now func() time.Time
}

// front is a front end that speaks gRPC, with the rights of an agent and of a service that reads the event logs.
type front struct {
	now      func() time.Time
	conns    []io.Closer
	intake   intakev1.IntakeServiceClient
	followup followupv1.FollowupServiceClient
	// agent and auditor are what the calls' metadata carries.
	agent, auditor string
	logs           map[string]watcher
}

// watcher is the stream of one service's log.
type watcher interface {
	WatchEvents(
		ctx context.Context, in *eventv1.WatchEventsRequest, opts ...grpc.CallOption,
	) (grpc.ServerStreamingClient[eventv1.WatchEventsResponse], error)
}

// newFront connects; nothing is sent before the first call.
func newFront(t Target) (*front, error) {
	f := &front{now: t.Now}
	token := func(subject string, role authv1.Role) (string, error) {
		text, err := suite.DevelopmentToken(t.Dir, subject, []authv1.Role{role}, 24*time.Hour, t.Now)
		return "Bearer " + text, err
	}
	agent, err := token("agents/lin", authv1.Role_AGENT)
	if err != nil {
		return nil, err
	}
	auditor, err := token("agents/audit", authv1.Role_AUDITOR)
	if err != nil {
		return nil, err
	}
	f.agent, f.auditor = agent, auditor
	conn, err := grpc.NewClient(t.GRPC, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return nil, fmt.Errorf("connect to %s: %w", t.GRPC, err)
	}
	f.conns = append(f.conns, conn)
	f.intake, f.followup = intakev1.NewIntakeServiceClient(conn), followupv1.NewFollowupServiceClient(conn)
	f.logs = map[string]watcher{
		"intake":   intakev1.NewEventLogServiceClient(conn),
		"routing":  routingv1.NewEventLogServiceClient(conn),
		"followup": followupv1.NewEventLogServiceClient(conn),
	}
	return f, nil
}

func (f *front) close() error {
	var errs []error
	for _, c := range slices.Backward(f.conns) {
		errs = append(errs, c.Close())
	}
	return errors.Join(errs...)
}

// asAgent returns a context for a call of an agent, with an idempotency key of its own.
func (f *front) asAgent(ctx context.Context) context.Context {
	return metadata.AppendToOutgoingContext(ctx, "authorization", f.agent, "idempotency-key", uuid.NewString())
}

// reading returns a context for a call that changes nothing.
func (f *front) reading(ctx context.Context) context.Context {
	return metadata.AppendToOutgoingContext(ctx, "authorization", f.auditor)
}

// statement is what customers complain about here: some hundred bytes, as most are.
const statement = "I only want my broadband paused for two months, and you say that pausing it costs a penalty and that the installation " +
	"fee is not paid back. Nobody told me so when I signed. I want the installation fee back, and a call from somebody who can decide."

// file files the complaint of a customer, received now or, like a letter, before.
func (f *front) file(ctx context.Context, customer int64, received time.Time) (*intakev1.Complaint, error) {
	request := &intakev1.CreateComplaintRequest{
		Statement:   statement,
		Complainant: &intakev1.Complainant{DisplayName: "Li Wei", Phone: fmt.Sprintf("+86138%08d", customer%100_000_000), LanguageCode: "zh-Hans"},
	}
	if !received.IsZero() {
		request.ReceiveTime = timestamppb.New(received)
	}
	c, err := f.intake.CreateComplaint(f.asAgent(ctx), request)
	if err != nil {
		return nil, fmt.Errorf("file a complaint: %w", err)
	}
	return c, nil
}

// callBack records that the customer was reached.
func (f *front) callBack(ctx context.Context, complaint string) error {
	_, err := f.followup.RecordAttempt(f.asAgent(ctx), &followupv1.RecordAttemptRequest{
		Name: complaint + "/callbacks/1", Outcome: followupv1.Attempt_REACHED, Way: policyv1.ContactWay_PHONE,
	})
	if err != nil {
		return fmt.Errorf("record an attempt for %s: %w", complaint, err)
	}
	return nil
}

// resolve asks for the resolution; that it is confirmed is heard from the log.
func (f *front) resolve(ctx context.Context, complaint string) error {
	_, err := f.intake.ResolveComplaint(f.asAgent(ctx), &intakev1.ResolveComplaintRequest{
		Name: complaint, Outcome: intakev1.Complaint_REMEDIED, Resolution: "The installation fee was paid back.",
	})
	if err != nil {
		return fmt.Errorf("resolve %s: %w", complaint, err)
	}
	return nil
}
