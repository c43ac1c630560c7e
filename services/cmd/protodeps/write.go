package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/jhump/protoreflect/v2/protoprint"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	// Linking a package registers its descriptors, and so does nothing else here.
	_ "buf.build/gen/go/bufbuild/protovalidate/protocolbuffers/go/buf/validate"
	_ "github.com/grpc-ecosystem/grpc-gateway/v2/protoc-gen-openapiv2/options"
	_ "google.golang.org/genproto/googleapis/api/annotations"
	_ "google.golang.org/genproto/googleapis/type/money"
)

// roots are the files that our protos may import. What these import in turn is
// written too.
func roots() []string {
	return []string{
		"buf/validate/validate.proto",
		"google/api/annotations.proto",
		"google/api/client.proto",
		"google/api/field_behavior.proto",
		"google/api/field_info.proto",
		"google/api/http.proto",
		"google/api/launch_stage.proto",
		"google/api/resource.proto",
		"google/type/money.proto",
		"protoc-gen-openapiv2/options/annotations.proto",
		"protoc-gen-openapiv2/options/openapiv2.proto",
	}
}

// write replaces the folder dir by the roots and everything that they import.
func write(dir string) error {
	files := make(map[string]protoreflect.FileDescriptor)
	for _, path := range roots() {
		file, err := protoregistry.GlobalFiles.FindFileByPath(path)
		if err != nil {
			return fmt.Errorf("no Go package linked here has %s: %w", path, err)
		}
		collect(file, files)
	}
	// A file of an older pin must not linger: the folder is made anew.
	if err := os.RemoveAll(dir); err != nil {
		return err
	}
	printer := protoprint.Printer{}
	for path, file := range files {
		text, err := printer.PrintProtoToString(file)
		if err != nil {
			return fmt.Errorf("print %s: %w", path, err)
		}
		target := filepath.Join(dir, filepath.FromSlash(path))
		if err := os.MkdirAll(filepath.Dir(target), 0o750); err != nil {
			return err
		}
		if err := os.WriteFile(target, []byte(text), 0o600); err != nil {
			return err
		}
	}
	return nil
}

// collect adds file and its imports to files, except the well-known types,
// which buf brings itself.
func collect(file protoreflect.FileDescriptor, files map[string]protoreflect.FileDescriptor) {
	path := file.Path()
	if files[path] != nil || strings.HasPrefix(path, "google/protobuf/") {
		return
	}
	files[path] = file
	imports := file.Imports()
	for i := range imports.Len() {
		collect(imports.Get(i).FileDescriptor, files)
	}
}
