package attachment

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"

	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
)

// kept is content that lies in its place.
type kept struct {
	object    string
	mediaType string
	size      int64
	// sha256 is that of the content, and storedSHA256 that of the object.
	sha256, storedSHA256 []byte
	contentKey           []byte
	verdict              Verdict
	// scanned tells whether there was a scanner to reach the verdict.
	scanned bool
}

func (k *kept) state() intakev1.Attachment_State {
	switch {
	case k.verdict.Finding != "":
		return intakev1.Attachment_QUARANTINED
	case !k.scanned:
		return intakev1.Attachment_UNSCANNED
	default:
		return intakev1.Attachment_STORED
	}
}

func (k *kept) details(u *upload) details {
	return details{FileName: fileName(u.fileName, k.mediaType), SHA256: k.sha256, Finding: k.verdict.Finding, ContentKey: k.contentKey}
}

// keep reads the content once: it finds its type, digests, scans and encrypts it. When it fails, nothing of it is left.
func (s *Service) keep(ctx context.Context, u *upload, content io.Reader) (*kept, error) {
	head := make([]byte, sniffBytes)
	n, err := io.ReadFull(content, head)
	switch {
	case errors.Is(err, io.EOF):
		return nil, empty()
	case err != nil && !errors.Is(err, io.ErrUnexpectedEOF):
		return nil, err
	}
	k, err := s.newKept(u.declared, head[:n])
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	object, err := s.deps.Bucket.create(ctx, k.object)
	if err != nil {
		cancel()
		return nil, err
	}
	scan := startScan(ctx, s.deps.Scanner)
	defer func() { // Each does nothing after all went well.
		cancel()
		scan.abandon()
		object.discard()
	}()
	plain, stored := sha256.New(), sha256.New()
	sealed, err := encrypt(k.contentKey, u.name, io.MultiWriter(object, stored))
	if err != nil {
		return nil, err
	}
	k.size, err = io.Copy(io.MultiWriter(plain, scan, sealed), io.MultiReader(bytes.NewReader(head[:n]), content))
	if err != nil {
		return nil, err
	}
	if err := sealed.Close(); err != nil {
		return nil, err
	}
	if k.verdict, err = scan.finish(); err != nil {
		return nil, err
	}
	k.scanned = s.deps.Scanner != nil
	k.sha256, k.storedSHA256 = plain.Sum(nil), stored.Sum(nil)
	return k, object.commit()
}

// newKept begins with what the first bytes tell.
func (s *Service) newKept(declared string, head []byte) (k *kept, err error) {
	k = &kept{}
	if k.mediaType, err = s.types.found(declared, head); err != nil {
		return nil, err
	}
	if k.contentKey, err = newContentKey(); err != nil {
		return nil, err
	}
	random := make([]byte, 16)
	if _, err := rand.Read(random); err != nil {
		return nil, fmt.Errorf("attachment: no randomness: %w", err)
	}
	k.object = objectOf(s.prefix, random)
	return k, nil
}

// incoming is the content of an upload. Reading it fails as soon as it is too large, and at its end when it is not as large as
// was announced.
type incoming struct {
	receive          func() (*intakev1.UploadAttachmentRequest, error)
	limit, announced int64
	received         int64
	chunk            []byte
	ended            bool
}

// Read implements io.Reader.
func (c *incoming) Read(p []byte) (int, error) {
	for len(c.chunk) == 0 {
		if c.ended {
			return 0, io.EOF
		}
		message, err := c.receive()
		switch {
		case errors.Is(err, io.EOF) && c.announced > 0 && c.received != c.announced:
			return 0, incomplete(c.announced, c.received)
		case errors.Is(err, io.EOF):
			c.ended = true
			continue
		case err != nil:
			return 0, err
		case message.GetMetadata() != nil:
			return 0, invalid("metadata", "must be in the first message only")
		}
		c.chunk = message.GetChunk()
		c.received += int64(len(c.chunk))
		if c.received > c.limit {
			return 0, tooLarge(c.limit)
		}
		if c.announced > 0 && c.received > c.announced {
			return 0, incomplete(c.announced, c.received)
		}
	}
	n := copy(p, c.chunk)
	c.chunk = c.chunk[n:]
	return n, nil
}
