package auth

import (
	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"

	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
)

// Access tells who may call which method, as the proto files declare it.
type Access struct {
	methods map[string]*authv1.Access
	// reads are the methods that change nothing.
	reads map[string]bool
}

// NewAccess reads the access option (redress.auth.v1.access) of every method of
// the files; protoregistry.GlobalFiles has those of all generated packages that
// the program imports.
func NewAccess(files *protoregistry.Files) *Access {
	access := &Access{methods: make(map[string]*authv1.Access), reads: make(map[string]bool)}
	files.RangeFiles(func(file protoreflect.FileDescriptor) bool {
		for i := range file.Services().Len() {
			service := file.Services().Get(i)
			for j := range service.Methods().Len() {
				access.read(service, service.Methods().Get(j))
			}
		}
		return true
	})
	return access
}

func (a *Access) read(service protoreflect.ServiceDescriptor, method protoreflect.MethodDescriptor) {
	options, ok := method.Options().(*descriptorpb.MethodOptions)
	if !ok || !proto.HasExtension(options, authv1.E_Access) {
		return
	}
	if declared, ok := proto.GetExtension(options, authv1.E_Access).(*authv1.Access); ok {
		name := "/" + string(service.FullName()) + "/" + string(method.Name())
		rest, _ := proto.GetExtension(options, annotations.E_Http).(*annotations.HttpRule)
		a.methods[name], a.reads[name] = declared, declared.GetReadOnly() || rest.GetGet() != ""
	}
}

// Reads tells whether a method changes nothing: it is a GET over REST, or says so.
func (a *Access) Reads(fullMethod string) bool { return a.reads[fullMethod] }

// Of returns who may call a method, named as in "/redress.intake.v1.IntakeService/GetComplaint".
// It is false for a method that declares nothing: nobody may call that.
func (a *Access) Of(fullMethod string) (*authv1.Access, bool) {
	declared, ok := a.methods[fullMethod]
	return declared, ok
}
