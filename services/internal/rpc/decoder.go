package rpc

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"google.golang.org/grpc/encoding"
	"google.golang.org/grpc/mem"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
	"github.com/redress-dev/redress/services/internal/errs"
)

// faultField is the highest field number; no message of ours has it.
const faultField = protowire.MaxValidNumber

// The faults of a request that could not be decoded.
const (
	faultTooLarge  = 'L'
	faultUTF8      = 'U'
	faultMalformed = 'M'
)

// decoder is the codec of our servers. gRPC answers a request that it cannot
// decode with INTERNAL and asks no interceptor. So this codec never fails: it
// leaves a mark in the message instead, as an unknown field that starts with a
// secret no caller knows, and the checks turn it into an error with a reason
// after the caller was identified.
type decoder struct {
	encoding.CodecV2
	secret []byte
}

func newDecoder() (*decoder, error) {
	inner := encoding.GetCodecV2("proto")
	if inner == nil {
		return nil, errors.New("rpc: gRPC has no codec for protobuf")
	}
	secret := make([]byte, 16)
	if _, err := rand.Read(secret); err != nil {
		return nil, fmt.Errorf("rpc: %w", err)
	}
	return &decoder{CodecV2: inner, secret: secret}, nil
}

// Unmarshal decodes a request, or marks it.
func (d *decoder) Unmarshal(data mem.BufferSlice, v any) error {
	var fault byte = faultTooLarge
	if data.Len() <= maxRequest {
		err := d.CodecV2.Unmarshal(data, v)
		if err == nil {
			return nil
		}
		fault = faultMalformed
		// The library has several errors for it, none of them exported.
		if strings.Contains(err.Error(), "invalid UTF-8") {
			fault = faultUTF8
		}
	}
	message, ok := v.(proto.Message)
	if !ok {
		return fmt.Errorf("rpc: cannot decode into %T", v)
	}
	proto.Reset(message)
	mark := protowire.AppendTag(nil, faultField, protowire.BytesType)
	message.ProtoReflect().SetUnknown(protowire.AppendBytes(mark, append(bytes.Clone(d.secret), fault)))
	return nil
}

// fault returns what was wrong with a request that was marked; nil for others.
func (d *decoder) fault(message proto.Message) error {
	unknown := message.ProtoReflect().GetUnknown()
	number, kind, width := protowire.ConsumeTag(unknown)
	if width <= 0 || number != faultField || kind != protowire.BytesType {
		return nil
	}
	mark, _ := protowire.ConsumeBytes(unknown[width:])
	if len(mark) != len(d.secret)+1 || !bytes.HasPrefix(mark, d.secret) {
		return nil
	}
	switch mark[len(d.secret)] {
	case faultTooLarge:
		return errs.Exhausted(errorv1.Reason_BODY_TOO_LARGE.String(), "The request is larger than %d bytes.", maxRequest).
			With("limit_bytes", strconv.Itoa(maxRequest))
	case faultUTF8:
		return errs.Invalid(errorv1.Reason_INVALID_UTF8.String(), "", "The request has text that is not valid UTF-8.")
	default:
		return errs.Invalid(errorv1.Reason_INVALID_FIELD.String(), "", "The request is not a message of the kind that this method takes.")
	}
}
