package attachment

import (
	"fmt"
	"mime"
	"strings"

	"github.com/gabriel-vasile/mimetype"

	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	"github.com/redress-dev/redress/services/internal/errs"
)

// sniffBytes is how much of the content is looked at to find its type. Office documents are archives that name what they are in
// some entry.
const sniffBytes = 128 << 10

// unknownType is what senders say who do not know.
const unknownType = "application/octet-stream"

// mediaTypes are those that the policy takes.
type mediaTypes map[string]bool

// newMediaTypes fails for a type that is never found in any content, so that it cannot be asked for in vain.
func newMediaTypes(listed []string) (mediaTypes, error) {
	// The library keeps this number for the whole process; nothing else here detects types.
	mimetype.SetLimit(sniffBytes)
	types := mediaTypes{}
	for _, name := range listed {
		known := mimetype.Lookup(name)
		if known == nil {
			return nil, fmt.Errorf("attachment: policy: attachments.media_types: %s cannot be told from content", name)
		}
		types[base(known.String())] = true
	}
	return types, nil
}

// declared reads what the sender says. It is empty for a sender who does not know.
func (t mediaTypes) declared(text string) (string, error) {
	if text == "" {
		return "", nil
	}
	name, _, err := mime.ParseMediaType(text)
	if err != nil || !strings.Contains(name, "/") {
		return "", invalid("media_type", "must be a media type, such as image/jpeg")
	}
	if name == unknownType {
		return "", nil
	}
	if known := mimetype.Lookup(name); known == nil || !t[base(known.String())] {
		return "", notAllowed("The file's type is not one that can be added to a complaint.")
	}
	return name, nil
}

// found tells what the content is from its beginning, and refuses what the policy does not take, and what is not what the
// sender says: neither the declared type, nor a kind of it, nor what the declared type is a kind of, as text/csv is of text/plain.
// One picture or recording for another is no lie that could harm anybody; its type is then the one found.
func (t mediaTypes) found(declared string, head []byte) (string, error) {
	detected := mimetype.Detect(head)
	name := base(detected.String())
	switch {
	case t[name] && (declared == "" || related(detected, mimetype.Lookup(declared)) || alike(name, declared)):
		return name, nil
	case declared == "":
		return "", notAllowed("The file is %s, which is not one of the types that can be added to a complaint.", name).With("media_type", name)
	default:
		return "", errs.Invalid(intakev1.ErrorReason_ATTACHMENT_TYPE_MISMATCH.String(), "media_type",
			"The file is declared as %s, and its content is %s.", declared, name).With("declared", declared).With("detected", name)
	}
}

// related tells whether one of two types is a kind of the other.
func related(a, b *mimetype.MIME) bool { return isKindOf(a, b) || isKindOf(b, a) }

func isKindOf(a, b *mimetype.MIME) bool {
	for ; a != nil && b != nil; a = a.Parent() {
		if a.Is(b.String()) {
			return true
		}
	}
	return false
}

// alike tells whether both are pictures, or both recordings.
func alike(a, b string) bool {
	kind, _, _ := strings.Cut(a, "/")
	return strings.HasPrefix(b, kind+"/") && (kind == "image" || kind == "audio" || kind == "video")
}

// base is a type without parameters.
func base(mediaType string) string {
	name, _, _ := strings.Cut(mediaType, ";")
	return strings.TrimSpace(name)
}

func notAllowed(format string, args ...any) *errs.Error {
	return errs.Invalid(intakev1.ErrorReason_ATTACHMENT_TYPE_NOT_ALLOWED.String(), "media_type", format, args...)
}
