package attachment

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"gocloud.dev/blob"
	"gocloud.dev/blob/fileblob"
	"gocloud.dev/gcerrors"
)

// Bucket is where content lies, encrypted. It is safe for concurrent use.
type Bucket struct {
	bucket *blob.Bucket
	// dir is the folder; empty for object storage, which says itself when content is safe.
	dir string
}

// OpenBucket opens a folder, as a path or as file:///path, which is made with mode 0700 if absent; or what another URL names, if
// the program was built with a driver of gocloud.dev/blob for its scheme.
func OpenBucket(ctx context.Context, place string) (*Bucket, error) {
	u, err := url.Parse(place)
	if err == nil && u.Scheme != "" && u.Scheme != "file" && strings.Contains(place, "://") {
		bucket, err := blob.OpenBucket(ctx, place)
		if err != nil {
			return nil, fmt.Errorf("attachment: open the bucket: %w", err)
		}
		return &Bucket{bucket: bucket}, nil
	}
	dir := filepath.Clean(strings.TrimPrefix(place, "file://"))
	bucket, err := fileblob.OpenBucket(dir, &fileblob.Options{
		CreateDir: true, DirFileMode: 0o700, NoTempDir: true, Metadata: fileblob.MetadataDontWrite,
	})
	if err != nil {
		return nil, fmt.Errorf("attachment: open the folder: %w", err)
	}
	return &Bucket{bucket: bucket, dir: dir}, nil
}

// Close ends the use of the bucket.
func (b *Bucket) Close() error { return b.bucket.Close() }

// objectOf makes the name of an object of random bytes, below a prefix. Folders get slow with very many files.
func objectOf(prefix string, random []byte) string {
	text := hex.EncodeToString(random)
	return prefix + "/" + text[:2] + "/" + text
}

// object is one that is being written. It appears with commit.
type object struct {
	*blob.Writer

	bucket *Bucket
	key    string
	cancel context.CancelFunc
}

func (b *Bucket) create(ctx context.Context, key string) (*object, error) {
	ctx, cancel := context.WithCancel(ctx)
	w, err := b.bucket.NewWriter(ctx, key, &blob.WriterOptions{ContentType: unknownType, DisableContentTypeDetection: true})
	if err != nil {
		cancel()
		return nil, away("The place for attachments", err)
	}
	return &object{Writer: w, bucket: b, key: key, cancel: cancel}, nil
}

// Write implements io.Writer.
func (o *object) Write(p []byte) (int, error) {
	n, err := o.Writer.Write(p)
	if err != nil {
		err = away("The place for attachments", err)
	}
	return n, err
}

// commit makes the object appear. When it returns, the object outlives a loss of power.
func (o *object) commit() error {
	err := o.Close()
	if err == nil {
		err = o.bucket.sync(o.key)
	}
	if err != nil {
		return away("The place for attachments", err)
	}
	return nil
}

// discard leaves nothing of an object that was not committed. After commit it does nothing.
func (o *object) discard() {
	o.cancel()
	_ = o.Close() // Its error says that it was cancelled, or committed.
}

// sync writes a new file and its name to the disk, which the library leaves to the system.
func (b *Bucket) sync(key string) error {
	if b.dir == "" {
		return nil
	}
	file := filepath.Join(b.dir, filepath.FromSlash(key))
	for _, path := range []string{file, filepath.Dir(file), filepath.Dir(filepath.Dir(file)), b.dir} {
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		if err := errors.Join(f.Sync(), f.Close()); err != nil {
			return err
		}
	}
	return nil
}

// errMissing is content that is not in its place.
var errMissing = errors.New("attachment: the content is missing")

func (b *Bucket) open(ctx context.Context, key string) (io.ReadCloser, error) {
	r, err := b.bucket.NewReader(ctx, key, nil)
	switch {
	case gcerrors.Code(err) == gcerrors.NotFound:
		return nil, fmt.Errorf("%w: %w", errMissing, err)
	case err != nil:
		return nil, away("The place for attachments", err)
	}
	return r, nil
}

// remove removes an object that no attachment knows.
func (b *Bucket) remove(ctx context.Context, key string) error {
	err := b.bucket.Delete(ctx, key)
	if gcerrors.Code(err) == gcerrors.NotFound {
		return nil
	}
	return err
}

// old calls do with the names of objects below a prefix that were written before a time, at most size at once.
func (b *Bucket) old(ctx context.Context, prefix string, before time.Time, size int, do func(keys []string) error) error {
	objects := b.bucket.List(&blob.ListOptions{Prefix: prefix + "/"})
	var keys []string
	for {
		o, err := objects.Next(ctx)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		if o.ModTime.Before(before) {
			keys = append(keys, o.Key)
		}
		if len(keys) == size {
			if err := do(keys); err != nil {
				return err
			}
			keys = keys[:0]
		}
	}
	if len(keys) == 0 {
		return nil
	}
	return do(keys)
}
