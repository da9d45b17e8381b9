package files

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"lodestar/internal/fault"
	"lodestar/internal/source"
	"lodestar/internal/text"
)

// S3Config says where the store is.
type S3Config struct {
	Endpoint  string // host, or host:port
	Bucket    string
	Region    string // empty to ask
	Key       string // access key; empty for a bucket that anybody may read
	Secret    string
	Folder    string // the top, within the bucket
	Plain     bool   // without TLS
	Transport http.RoundTripper
}

type s3Store struct {
	client      *minio.Client
	bucket, top string
}

// S3 connects to a store that speaks S3.
func S3(_ context.Context, c S3Config) (Store, error) {
	keys := credentials.NewStaticV4(c.Key, c.Secret, "")
	if c.Key == "" {
		keys = credentials.NewStatic("", "", "", credentials.SignatureAnonymous)
	}
	client, err := minio.New(c.Endpoint, &minio.Options{Creds: keys, Secure: !c.Plain, Region: c.Region, Transport: c.Transport, MaxRetries: 3})
	if err != nil {
		return nil, fault.New(fault.Invalid, "bad_endpoint", text.Text{
			EN: "{host} is no endpoint; write the host alone, such as s3.eu-central-1.amazonaws.com", ZH: "{host} 不是可用的端点；请只写主机名，例如 oss-cn-hangzhou.aliyuncs.com"}, "host", c.Endpoint).Wrap(err)
	}
	top := strings.Trim(c.Folder, "/")
	if top != "" {
		top += "/"
	}
	return &s3Store{client, c.Bucket, top}, nil
}

func (s *s3Store) fault(ctx context.Context, err error) error {
	var known *fault.Error
	if err == nil || errors.As(err, &known) {
		return err
	}
	if stopped := source.Stopped(ctx, err); stopped != nil {
		return stopped
	}
	switch minio.ToErrorResponse(err).Code {
	case "NoSuchBucket":
		return fault.New(fault.Unavailable, "source_no_bucket", text.Text{
			EN: "the store has no bucket {bucket}; correct it in the connection", ZH: "存储中没有桶 {bucket}；请在连接中更正"}, "bucket", s.bucket).Wrap(err)
	case "AccessDenied":
		return source.NoRight("S3", "s3:ListBucket, s3:GetObject on "+s.bucket, err)
	case "InvalidAccessKeyId", "SignatureDoesNotMatch", "InvalidTokenId", "ExpiredToken":
		return source.Login("S3", err)
	case "PreconditionFailed", "NoSuchKey":
		return fault.New(fault.Conflict, "file_changed", text.Text{
			EN: "a file changed while it was read; it is read again at the next run", ZH: "有文件在读取时发生了变化，下次运行会重新读取"}).Wrap(err)
	}
	return source.Unreachable("S3", err)
}

// List lists.
func (s *s3Store) List(ctx context.Context, below string, each func(Info) error) error {
	prefix := s.top
	if below != "" {
		prefix += below + "/"
	}
	inner, cancel := context.WithCancel(ctx) // ends the listing when it is left early
	defer cancel()
	for o := range s.client.ListObjects(inner, s.bucket, minio.ListObjectsOptions{Prefix: prefix, Recursive: true}) {
		if o.Err != nil {
			return s.fault(ctx, o.Err)
		}
		if strings.HasSuffix(o.Key, "/") {
			continue // stands for a folder
		}
		if err := each(Info{Name: strings.TrimPrefix(o.Key, s.top), Size: o.Size, Time: o.LastModified, Tag: o.ETag}); err != nil {
			return err
		}
	}
	return s.fault(ctx, ctx.Err())
}

// Open opens the object that was listed, and no other.
func (s *s3Store) Open(ctx context.Context, f Info) (io.ReadCloser, error) {
	var options minio.GetObjectOptions
	if f.Tag != "" {
		if err := options.SetMatchETag(f.Tag); err != nil {
			return nil, err
		}
	}
	o, err := s.client.GetObject(ctx, s.bucket, s.top+f.Name, options)
	if err != nil {
		return nil, s.fault(ctx, err)
	}
	return &s3Object{o, s, ctx}, nil
}

type s3Object struct {
	*minio.Object
	s   *s3Store
	ctx context.Context
}

// Read reads.
func (o *s3Object) Read(p []byte) (int, error) {
	n, err := o.Object.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		err = o.s.fault(o.ctx, err)
	}
	return n, err
}

// Stat looks at an object.
func (s *s3Store) Stat(ctx context.Context, name string) (Info, error) {
	o, err := s.client.StatObject(ctx, s.bucket, s.top+name, minio.StatObjectOptions{})
	if err != nil {
		return Info{}, s.fault(ctx, err)
	}
	return Info{Name: name, Size: o.Size, Time: o.LastModified, Tag: o.ETag}, nil
}

func (s *s3Store) Close() error { return nil }
