package main

import (
	"slices"
	"strings"

	"buf.build/gen/go/bufbuild/protovalidate/protocolbuffers/go/buf/validate"
	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	_ "github.com/redress-dev/redress/gen/redress/followup/v1" // Its methods are in the table.
	_ "github.com/redress-dev/redress/gen/redress/gateway/v1"  // Its methods are in the table.
	_ "github.com/redress-dev/redress/gen/redress/intake/v1"   // Its methods are in the table.
	_ "github.com/redress-dev/redress/gen/redress/remedy/v1"   // Its methods are in the table.
	_ "github.com/redress-dev/redress/gen/redress/review/v1"   // Its methods are in the table.
	_ "github.com/redress-dev/redress/gen/redress/routing/v1"  // Its methods are in the table.
	"github.com/redress-dev/redress/services/internal/auth"
)

// Cells of the table.
const (
	no  = ""
	yes = "yes"
	own = "own" // Of complaints that the caller sees.
)

// method is a row of the table.
type method struct {
	// Name is the method's, as in "/redress.intake.v1.IntakeService/GetComplaint".
	Name string
	// REST is how it is called there; empty for gRPC alone.
	REST string
	// Reads is true when it changes nothing.
	Reads bool
	// Anonymous is true when it needs no token.
	Anonymous bool
	// Cells say what each role may.
	Cells map[authv1.Role]string

	descriptor protoreflect.MethodDescriptor
}

// roles are those that a token may carry, in order.
func roles() []authv1.Role {
	var all []authv1.Role
	for number := range authv1.Role_name {
		if number != 0 {
			all = append(all, authv1.Role(number))
		}
	}
	slices.Sort(all)
	return all
}

// methods are those of the contract, by name.
func methods() []method {
	var all []method
	access := auth.NewAccess(protoregistry.GlobalFiles)
	protoregistry.GlobalFiles.RangeFiles(func(file protoreflect.FileDescriptor) bool {
		for i := range file.Services().Len() {
			service := file.Services().Get(i)
			if !strings.HasPrefix(string(service.FullName()), "redress.") {
				continue
			}
			for j := range service.Methods().Len() {
				all = append(all, row(access, service.Methods().Get(j)))
			}
		}
		return true
	})
	slices.SortFunc(all, func(a, b method) int { return strings.Compare(a.Name, b.Name) })
	return all
}

func row(access *auth.Access, descriptor protoreflect.MethodDescriptor) method {
	name := "/" + string(descriptor.Parent().FullName()) + "/" + string(descriptor.Name())
	declared, _ := access.Of(name)
	m := method{
		Name: name, REST: rest(descriptor), Reads: access.Reads(name), Anonymous: declared.GetAnonymous(),
		Cells: make(map[authv1.Role]string), descriptor: descriptor,
	}
	narrowed := ofComplaints(descriptor.Input(), nil) || m.Reads && ofComplaints(descriptor.Output(), nil)
	for _, role := range declared.GetRoles() {
		m.Cells[role] = yes
		if narrowed && (role == authv1.Role_AGENT || role == authv1.Role_SUPERVISOR) {
			m.Cells[role] = own
		}
	}
	return m
}

// rest is how a method is called over REST; empty when it is not.
func rest(descriptor protoreflect.MethodDescriptor) string {
	rule, _ := proto.GetExtension(descriptor.Options(), annotations.E_Http).(*annotations.HttpRule)
	for verb, path := range map[string]string{
		"GET": rule.GetGet(), "POST": rule.GetPost(), "PATCH": rule.GetPatch(), "PUT": rule.GetPut(), "DELETE": rule.GetDelete(),
	} {
		if path != "" {
			return verb + " " + path
		}
	}
	return ""
}

// ofComplaints tells whether a message names complaints, or what belongs to one.
func ofComplaints(message protoreflect.MessageDescriptor, seen []protoreflect.FullName) bool {
	if slices.Contains(seen, message.FullName()) || !strings.HasPrefix(string(message.FullName()), "redress.") {
		return false
	}
	seen = append(seen, message.FullName())
	if ofComplaint(resourceOf(message)) || slices.Contains(parts(), message.FullName()) {
		return true
	}
	for i := range message.Fields().Len() {
		field := message.Fields().Get(i)
		if refersToComplaint(field) || !field.IsMap() && field.Message() != nil && ofComplaints(field.Message(), seen) {
			return true
		}
	}
	return false
}

// resourceOf is the resource that a message is; nil for none.
func resourceOf(message protoreflect.MessageDescriptor) *annotations.ResourceDescriptor {
	resource, _ := proto.GetExtension(message.Options(), annotations.E_Resource).(*annotations.ResourceDescriptor)
	return resource
}

func ofComplaint(resource *annotations.ResourceDescriptor) bool {
	return slices.ContainsFunc(resource.GetPattern(), func(pattern string) bool { return strings.HasPrefix(pattern, "complaints/") })
}

// parts are messages whose names lie below a complaint's and that are no resource
// of their own in the contract.
func parts() []protoreflect.FullName {
	return []protoreflect.FullName{"redress.followup.v1.Attempt", "redress.followup.v1.SurveyWish"}
}

// refersToComplaint tells whether a field holds the name of a complaint, or of what belongs to one.
func refersToComplaint(field protoreflect.FieldDescriptor) bool {
	if field.Kind() != protoreflect.StringKind {
		return false
	}
	rules, _ := proto.GetExtension(field.Options(), validate.E_Field).(*validate.FieldRules)
	if field.Name() == "complaint" || strings.HasPrefix(rules.GetString().GetPattern(), "^complaints/") {
		return true
	}
	reference, _ := proto.GetExtension(field.Options(), annotations.E_ResourceReference).(*annotations.ResourceReference)
	kind := reference.GetType() + reference.GetChildType()
	return kind != "" && slices.Contains(complaintTypes(), kind)
}

// complaintTypes are the types of complaints and of what belongs to one.
func complaintTypes() []string {
	var all []string
	protoregistry.GlobalFiles.RangeFiles(func(file protoreflect.FileDescriptor) bool {
		for i := range file.Messages().Len() {
			if resource := resourceOf(file.Messages().Get(i)); ofComplaint(resource) {
				all = append(all, resource.GetType())
			}
		}
		return true
	})
	return all
}
