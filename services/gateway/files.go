package gateway

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"io"
	"mime"
	"net/http"
	"strconv"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	"google.golang.org/grpc"

	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
)

// The paths of methods whose bodies are files. Their other methods are the contract's annotations.
const (
	uploadPath   = "/v1/{parent=complaints/*}/attachments"
	downloadPath = "/v1/{name=complaints/*/attachments/*}:download"
)

// pieceSize is how much of a file is on its way at a time.
const pieceSize = 64 << 10

// files carries the content of attachments between HTTP and gRPC (REC-1), never more than some pieces at a time.
type files struct {
	client intakev1.AttachmentServiceClient
	mux    *runtime.ServeMux
	json   *strictJSON
}

// register adds the methods to the mux and to the table of routes.
func (f files) register(table routes) error {
	table[http.MethodPost+" "+uploadPath] = route{
		verb: http.MethodPost, path: expressionOf(uploadPath), parameters: []string{"message"}, raw: true,
	}
	table[http.MethodGet+" "+downloadPath] = route{verb: http.MethodGet, path: expressionOf(downloadPath), raw: true}
	return errors.Join(f.mux.HandlePath(http.MethodPost, uploadPath, f.upload), f.mux.HandlePath(http.MethodGet, downloadPath, f.download))
}

// upload sends a file to intake while it comes. Nothing is kept before intake was told that it was the whole file, which it is
// not when the client goes away, or when something is wrong behind it.
func (f files) upload(w http.ResponseWriter, r *http.Request, path map[string]string) {
	form, err := formOf(r, patientReader(w, r.Body, filePatience))
	var stream intakev1.AttachmentService_UploadAttachmentClient
	var attachment *intakev1.Attachment
	if err == nil {
		form.metadata.Parent = path["parent"]
		ctx, cancel := context.WithCancel(r.Context())
		defer cancel()
		stream, attachment, err = f.pass(ctx, r, form)
	}
	if bad, ok := errors.AsType[*formError](err); ok {
		write(w, bad.status, bad.problem)
		return
	}
	if err != nil {
		refuseFile(w, r, stream, err)
		return
	}
	text, err := f.json.Marshal(attachment)
	if err != nil {
		refuseFile(w, r, stream, err)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(text) // The client is gone; there is nobody to tell.
}

// pass makes the call. Its end is that of ctx.
func (f files) pass(ctx context.Context, r *http.Request, form *form) (
	stream intakev1.AttachmentService_UploadAttachmentClient, attachment *intakev1.Attachment, err error,
) {
	ctx, err = runtime.AnnotateContext(ctx, f.mux, r, intakev1.AttachmentService_UploadAttachment_FullMethodName)
	if err != nil {
		return nil, nil, err
	}
	if stream, err = f.client.UploadAttachment(ctx); err != nil {
		return nil, nil, err
	}
	if err = send(stream, form); err == nil {
		attachment, err = stream.CloseAndRecv()
	}
	return stream, attachment, err
}

// refuseFile answers with the error of a stream, which has ended, or never began and is nil.
func refuseFile(w http.ResponseWriter, r *http.Request, stream grpc.ClientStream, err error) {
	ctx := r.Context()
	if stream != nil {
		ctx = runtime.NewServerMetadataContext(ctx, runtime.ServerMetadata{TrailerMD: stream.Trailer()})
	}
	route{body: "metadata"}.refuse(ctx, w, err) // The fields of the form are those of the metadata.
}

// send sends the metadata, and the content when the metadata was taken. It returns a formError when the fault is the request's,
// and the service's error when it takes no more.
func send(stream intakev1.AttachmentService_UploadAttachmentClient, form *form) error {
	first := &intakev1.UploadAttachmentRequest{Part: &intakev1.UploadAttachmentRequest_Metadata{Metadata: form.metadata}}
	if err := stream.Send(first); err != nil {
		return ended(stream, err)
	}
	// A body that is refused for what is known already need not be read: clients that wait for "100 Continue" do not send it.
	if header, err := stream.Header(); err != nil || header == nil {
		return ended(stream, io.EOF)
	}
	for {
		piece := make([]byte, pieceSize) // Not used again: the library may read it later.
		n, err := io.ReadFull(form.content, piece)
		last := form.content.whole
		if err != nil && !last {
			return unreadableForm(err)
		}
		if n > 0 {
			part := &intakev1.UploadAttachmentRequest{Part: &intakev1.UploadAttachmentRequest_Chunk{Chunk: piece[:n]}}
			if err := stream.Send(part); err != nil {
				return ended(stream, err)
			}
		}
		if last {
			return form.end()
		}
	}
}

// ended finds the error with which the service has ended a stream that takes no more.
func ended(stream intakev1.AttachmentService_UploadAttachmentClient, err error) error {
	if !errors.Is(err, io.EOF) {
		return err
	}
	if _, err := stream.CloseAndRecv(); err != nil {
		return err
	}
	return errors.New("gateway: the upload was answered before it was sent")
}

// download sends a file while it comes from intake. Browsers are told to save it, and neither to show it nor to guess what it
// is. When intake fails on the way the connection is cut, so that nobody takes what came for the whole.
func (f files) download(w http.ResponseWriter, r *http.Request, path map[string]string) {
	ctx, err := runtime.AnnotateContext(r.Context(), f.mux, r, intakev1.AttachmentService_DownloadAttachment_FullMethodName)
	if err != nil {
		refuseFile(w, r, nil, err)
		return
	}
	stream, err := f.client.DownloadAttachment(ctx, &intakev1.DownloadAttachmentRequest{Name: path["name"]})
	if err != nil {
		refuseFile(w, r, nil, err)
		return
	}
	first, err := stream.Recv()
	if err != nil {
		refuseFile(w, r, stream, err)
		return
	}
	describe(w.Header(), first.GetAttachment())
	out := patientWriter(w, filePatience)
	for {
		part, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return
		}
		if err == nil {
			_, err = out.Write(part.GetChunk())
		}
		if err != nil {
			panic(http.ErrAbortHandler)
		}
	}
}

// describe sets the headers of a file.
func describe(header http.Header, a *intakev1.Attachment) {
	header.Set("Content-Type", a.GetMediaType())
	header.Set("Content-Length", strconv.FormatInt(a.GetSizeBytes(), 10))
	disposition := mime.FormatMediaType("attachment", map[string]string{"filename": a.GetFileName()})
	if disposition == "" {
		disposition = "attachment"
	}
	header.Set("Content-Disposition", disposition)
	header.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	if digest, err := hex.DecodeString(a.GetSha256()); err == nil {
		header.Set("Repr-Digest", "sha-256=:"+base64.StdEncoding.EncodeToString(digest)+":")
	}
}
