module rocketmq-ts/generator

go 1.21
