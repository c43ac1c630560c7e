package reach

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"

	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
	"github.com/redress-dev/redress/services/internal/auth"
	"github.com/redress-dev/redress/services/internal/errs"
)

// maxAsked is how many complaints routing is asked about at once.
const maxAsked = 1000

// Authority says which complaints somebody does not see. The generated client of
// routing's AccessService is one.
type Authority interface {
	// CheckAccess names those that are hidden.
	CheckAccess(ctx context.Context, in *routingv1.CheckAccessRequest, opts ...grpc.CallOption) (*routingv1.CheckAccessResponse, error)
}

// Reach holds calls against the policy's section access. It is safe for concurrent
// use.
type Reach struct {
	policy    *policyv1.Access
	authority Authority
}

// New makes a Reach. It fails when something is missing.
func New(policy *policyv1.Access, authority Authority) (*Reach, error) {
	if policy == nil || authority == nil {
		return nil, errors.New("reach: policy and authority are required")
	}
	return &Reach{policy: policy, authority: authority}, nil
}

// Narrows tells whether a policy hides any complaint from anybody. Where it does
// not, nobody needs a Reach.
func Narrows(policy *policyv1.Access) bool {
	return policy.GetAgents() != policyv1.Access_ALL || policy.GetSupervisors() != policyv1.Access_ALL
}

// Of is how far a caller sees, by the role that sees farthest. It is ALL for
// everybody but agents and supervisors: other roles read as far as their methods
// do, and so do programs, whatever their role.
func Of(policy *policyv1.Access, caller auth.Identity) policyv1.Access_Reach {
	if !strings.HasPrefix(caller.Subject, "agents/") {
		return policyv1.Access_ALL
	}
	for _, role := range caller.Roles {
		if role != authv1.Role_AGENT && role != authv1.Role_SUPERVISOR {
			return policyv1.Access_ALL
		}
	}
	if caller.Has(authv1.Role_SUPERVISOR) {
		return policy.GetSupervisors()
	}
	return policy.GetAgents()
}

// Admit lets a request pass whose complaints the caller sees. Another one is
// COMPLAINT_NOT_FOUND, whether there is such a complaint or not. A call without an
// identity passes: its method is open to everybody.
func (r *Reach) Admit(ctx context.Context, request proto.Message) error {
	hidden, err := r.hidden(ctx, named(request.ProtoReflect()))
	if err != nil || len(hidden) == 0 {
		return err
	}
	return notFound()
}

// Narrow is an answer without what is about complaints that the caller does not
// see. An answer that is about one itself is COMPLAINT_NOT_FOUND. The message
// itself is not changed, for others may hold it too.
func (r *Reach) Narrow(ctx context.Context, answer proto.Message) (proto.Message, error) {
	m := answer.ProtoReflect()
	hidden, err := r.hidden(ctx, told(m))
	switch {
	case err != nil:
		return nil, err
	case len(hidden) == 0:
		return answer, nil
	case hidden[subject(m)]:
		return nil, notFound()
	}
	narrowed := proto.Clone(answer)
	narrow(narrowed.ProtoReflect(), hidden)
	return narrowed, nil
}

// hidden are those of the complaints that the caller does not see.
func (r *Reach) hidden(ctx context.Context, complaints []string) (map[string]bool, error) {
	caller, ok := auth.FromContext(ctx)
	if !ok || len(complaints) == 0 {
		return nil, nil
	}
	how := Of(r.policy, caller)
	if how == policyv1.Access_ALL {
		return nil, nil
	}
	hidden := make(map[string]bool)
	for part := range slices.Chunk(complaints, maxAsked) {
		answer, err := r.authority.CheckAccess(ctx, &routingv1.CheckAccessRequest{
			Agent: caller.Subject, Reach: how, Departments: caller.Departments, Complaints: part,
		})
		if err != nil {
			return nil, fmt.Errorf("ask routing who sees what: %w", err)
		}
		for _, name := range answer.GetHidden() {
			hidden[name] = true
		}
	}
	return hidden, nil
}

// notFound is what an unknown complaint is answered with.
func notFound() *errs.Error {
	return errs.NotFound(errorv1.Reason_COMPLAINT_NOT_FOUND.String(), "There is no such complaint.")
}
