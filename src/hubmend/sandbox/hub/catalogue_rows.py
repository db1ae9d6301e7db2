"""The static controls of the catalogue as a table: real ids, titles, severities and rules.

Columns: id, severity, ASFF resource type, Config rule, membership, verdicts, title. Membership is
`F` for FSBP v1.0.0, `+n` for a PCI DSS v4.0.1 requirement. The ids and titles are those of the
Security Hub controls reference; the verdicts are made up for the sample organization.
"""

# One row per control: wrapping a row would hide the table.
# ruff: noqa: E501
ROWS = """
ACM.1            | MEDIUM   | AwsCertificateManagerCertificate | acm-certificate-expiration-check | F+4.2.1 | PASSED | Imported and ACM-issued certificates should be renewed after a specified time period
APIGateway.1     | MEDIUM   | AwsApiGatewayStage | api-gw-execution-logging-enabled | F | PASSED,FAILED | API Gateway REST and WebSocket API execution logging should be enabled
APIGateway.9     | MEDIUM   | AwsApiGatewayV2Stage | api-gwv2-access-logs-enabled | F+10.4.2 | PASSED | Access logging should be configured for API Gateway V2 Stages
AutoScaling.3    | HIGH     | AwsAutoScalingLaunchConfiguration | autoscaling-launchconfig-requires-imdsv2 | F | PASSED | Auto Scaling group launch configurations should configure EC2 instances to require Instance Metadata Service Version 2 (IMDSv2)
CloudFront.1     | HIGH     | AwsCloudFrontDistribution | cloudfront-default-root-object-configured | F | PASSED | CloudFront distributions should have a default root object configured
CloudTrail.1     | HIGH     | AwsAccount | multi-region-cloudtrail-enabled | F | PASSED | CloudTrail should be enabled and configured with at least one multi-Region trail that includes read and write management events
CloudTrail.2     | MEDIUM   | AwsCloudTrailTrail | cloud-trail-encryption-enabled | F+10.3.2 | PASSED | CloudTrail should have encryption at-rest enabled
CloudTrail.4     | LOW      | AwsCloudTrailTrail | cloud-trail-log-file-validation-enabled | F | PASSED | CloudTrail log file validation should be enabled
CloudTrail.5     | LOW      | AwsCloudTrailTrail | cloud-trail-cloud-watch-logs-enabled | F | PASSED | CloudTrail trails should be integrated with Amazon CloudWatch Logs
CodeBuild.1      | CRITICAL | AwsCodeBuildProject | codebuild-project-source-repo-url-check | F+8.3.2 | PASSED | CodeBuild Bitbucket source repository URLs should not contain sensitive credentials
CodeBuild.2      | CRITICAL | AwsCodeBuildProject | codebuild-project-envvar-awscred-check | F+8.3.2 | PASSED | CodeBuild project environment variables should not contain clear text credentials
Config.1         | CRITICAL | AwsAccount | config-enabled | F | PASSED | AWS Config should be enabled and use the service-linked role for resource recording
DMS.1            | CRITICAL | AwsDmsReplicationInstance | dms-replication-not-public | F+1.4.4 | PASSED | Database Migration Service replication instances should not be public
DynamoDB.1       | MEDIUM   | AwsDynamoDbTable | dynamodb-autoscaling-enabled | F | PASSED,PASSED | DynamoDB tables should automatically scale capacity with demand
DynamoDB.2       | MEDIUM   | AwsDynamoDbTable | dynamodb-pitr-enabled | F | PASSED,PASSED | DynamoDB tables should have point-in-time recovery enabled
EC2.1            | CRITICAL | AwsAccount | ebs-snapshot-public-restorable-check | F | PASSED | Amazon EBS snapshots should not be publicly restorable
EC2.2            | HIGH     | AwsEc2SecurityGroup | vpc-default-security-group-closed | F | FAILED,PASSED | VPC default security groups should not allow inbound or outbound traffic
EC2.6            | MEDIUM   | AwsEc2Vpc | vpc-flow-logs-enabled | F | PASSED | VPC flow logging should be enabled in all VPCs
EC2.7            | MEDIUM   | AwsAccount | ec2-ebs-encryption-by-default | F | PASSED | EBS default encryption should be enabled
EC2.8            | HIGH     | AwsEc2Instance | ec2-imdsv2-check | F+2.2.6 | PASSED | EC2 instances should use Instance Metadata Service Version 2 (IMDSv2)
EC2.19           | CRITICAL | AwsEc2SecurityGroup | vpc-sg-restricted-common-ports | F | PASSED,PASSED | Security groups should not allow unrestricted access to ports with high risk
EC2.21           | MEDIUM   | AwsEc2NetworkAcl | nacl-no-unrestricted-ssh-rdp | F+1.3.1 | PASSED | Network ACLs should not allow ingress from 0.0.0.0/0 to port 22 or port 3389
ECR.1            | HIGH     | AwsEcrRepository | ecr-private-image-scanning-enabled | F | PASSED | ECR private repositories should have image scanning configured
ECS.2            | HIGH     | AwsEcsService | ecs-service-assign-public-ip-disabled | F | PASSED | ECS services should not have public IP addresses assigned to them automatically
EFS.1            | MEDIUM   | AwsEfsFileSystem | efs-encrypted-check | F | PASSED | Elastic File System should be configured to encrypt file data at-rest using AWS KMS
ELB.1            | MEDIUM   | AwsElbv2LoadBalancer | alb-http-to-https-redirection-check | F | PASSED | Application Load Balancer should be configured to redirect all HTTP requests to HTTPS
ELB.5            | MEDIUM   | AwsElbv2LoadBalancer | elb-logging-enabled | F | FAILED | Application and Classic Load Balancers logging should be enabled
GuardDuty.1      | HIGH     | AwsAccount | guardduty-enabled-centralized | F+11.5.1 | PASSED | GuardDuty should be enabled
IAM.3            | MEDIUM   | AwsIamUser | access-keys-rotated | F | PASSED | IAM users' access keys should be rotated every 90 days or less
IAM.4            | CRITICAL | AwsAccount | iam-root-access-key-check | F | PASSED | IAM root user access key should not exist
IAM.5            | MEDIUM   | AwsIamUser | mfa-enabled-for-iam-console-access | F+8.4.2 | PASSED | MFA should be enabled for all IAM users that have a console password
IAM.6            | CRITICAL | AwsAccount | root-account-hardware-mfa-enabled | F+8.4.2 | PASSED | Hardware MFA should be enabled for the root user
KMS.3            | CRITICAL | AwsKmsKey | kms-cmk-not-scheduled-for-deletion-2 | F | PASSED | AWS KMS keys should not be deleted unintentionally
KMS.4            | MEDIUM   | AwsKmsKey | cmk-backing-key-rotation-enabled | -+3.7.4 | PASSED | AWS KMS key rotation should be enabled
Lambda.1         | CRITICAL | AwsLambdaFunction | lambda-function-public-access-prohibited | F | PASSED,PASSED | Lambda function policies should prohibit public access
Lambda.2         | MEDIUM   | AwsLambdaFunction | lambda-function-settings-check | F+12.3.4 | PASSED,FAILED | Lambda functions should use supported runtimes
RDS.2            | CRITICAL | AwsRdsDbInstance | rds-instance-public-access-check | F | PASSED | RDS DB Instances should prohibit public access, as determined by the PubliclyAccessible configuration
RDS.3            | MEDIUM   | AwsRdsDbInstance | rds-storage-encrypted | F | PASSED | RDS DB instances should have encryption at-rest enabled
S3.1             | MEDIUM   | AwsAccount | s3-account-level-public-access-blocks-periodic | F | PASSED | S3 general purpose buckets should have block public access settings enabled
S3.5             | MEDIUM   | AwsS3Bucket | s3-bucket-ssl-requests-only | F | PASSED,PASSED | S3 general purpose buckets should require requests to use SSL
S3.8             | HIGH     | AwsS3Bucket | s3-bucket-level-public-access-prohibited | F | PASSED,PASSED | S3 general purpose buckets should block public access
SNS.4            | CRITICAL | AwsSnsTopic | sns-topic-no-public-access | F | PASSED | SNS topic access policies should not allow public access
SSM.1            | MEDIUM   | AwsEc2Instance | ec2-instance-managed-by-systems-manager | F | WARNING | Amazon EC2 instances should be managed by AWS Systems Manager
"""
